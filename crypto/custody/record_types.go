package custody

// RecordType holds a signed record to its type: package pki refuses another one when signing, parsing and verifying.

func (KeyRecord) RecordType() string     { return TypeKeyRecord }
func (OfficerKey) RecordType() string    { return TypeOfficerKey }
func (Binding) RecordType() string       { return TypeBinding }
func (Postponement) RecordType() string  { return TypePostponement }
func (MomentRelease) RecordType() string { return TypeRelease }
func (ErasureOrder) RecordType() string  { return TypeErasureOrder }
func (Erased) RecordType() string        { return TypeErased }
func (PartialsBatch) RecordType() string { return TypePartials }
func (OpeningRecord) RecordType() string { return TypeOpeningRecord }
func (Cause) RecordType() string         { return TypeCause }
func (KeyRelease) RecordType() string    { return TypeKeyRelease }
func (DKGCommit) RecordType() string     { return TypeDKGCommit }
func (DKGReveal) RecordType() string     { return TypeDKGReveal }
func (DKGCheck) RecordType() string      { return TypeDKGCheck }
func (DKGAnswer) RecordType() string     { return TypeDKGAnswer }

// RecordType of a freeze record is that of version 2 iff it has a blind.
func (f Freeze) RecordType() string {
	if f.Blind.IsZero() {
		return TypeFreeze
	}
	return TypeFreezeBlind
}

func (ArchiveKey) RecordType() string      { return TypeArchiveKey }
func (Archive) RecordType() string         { return TypeArchive }
func (ArchivePartials) RecordType() string { return TypeArchivePartials }
