package bidding

// Class keeps real tenders and rehearsals (演练) apart: it stands in every key, label, record and log origin,
// and one process serves one class only.
type Class string

const (
	Production Class = "production"
	Rehearsal  Class = "rehearsal"
)

// Valid tells the two classes from anything else.
func (c Class) Valid() bool { return c == Production || c == Rehearsal }
