package backup

// ReadManifest and Each are for the fuzz target alone.
var (
	ReadManifest = readManifest
	Each         = Manifest.each
)
