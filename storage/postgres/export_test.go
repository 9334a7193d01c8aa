package postgres

// ReadCursor and WriteCursor are for the fuzz target alone.
var (
	ReadCursor  = readCursor
	WriteCursor = writeCursor
)
