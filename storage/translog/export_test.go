package translog

// Entry and Bundle are what lies in the object store; they are for the fuzz target alone.
type (
	Entry  = entry
	Bundle = bundle
)
