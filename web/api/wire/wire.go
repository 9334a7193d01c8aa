// Package wire is what goes over the API beside the domain's own states: the bodies of requests and answers, shared by the
// server and by our client. Signed records travel as they are (canonical JSON) and are never rebuilt on the way.
package wire

import (
	"encoding/json"

	"sunbid/bidding"
	"sunbid/bidding/gazette"
	"sunbid/bidding/notice"
	"sunbid/bidding/opening"
	"sunbid/bidding/party"
	"sunbid/bidding/tender"
	"sunbid/crypto/canon"
	"sunbid/crypto/custody"
	"sunbid/crypto/seal"
	"sunbid/crypto/tlog"
)

// Record is a signed record {"body":…,"signatures":[…]} in canonical JSON.
type Record = json.RawMessage

// Tenders is a page of the list.
type Tenders struct {
	Tenders []gazette.TenderLine `json:"tenders"`
	Next    string               `json:"next" doc:"cursor of the next page, empty at the end"`
}

// Keys is what a bidder checks before it seals.
type Keys struct {
	KeyRecord     Record   `json:"key_record"`
	OfficerKey    Record   `json:"officer_key"`
	Binding       Record   `json:"binding"`
	Postponements []Record `json:"postponements"`
	Certificates  [][]byte `json:"certificates" doc:"DER, base64"`
	Proofs        []Record `json:"proofs" doc:"disclosed events that prove binding and postponements"`
}

// Archive is how far a lot's archive (归档) is; what is not there yet is left out.
type Archive struct {
	Key          Record   `json:"key,omitempty"`
	Archive      Record   `json:"archive,omitempty"`
	Order        Record   `json:"order,omitempty" doc:"to erase the keyholders' shares"`
	Erased       []Record `json:"erased" doc:"the keyholders' words that their shares are gone, once all have said so"`
	Certificates [][]byte `json:"certificates" doc:"of those who signed key and archive; DER, base64"`
}

// Notices of a lot.
type Notices struct {
	Notices []gazette.Notice `json:"notices"`
}

// Notice carries a signed notice and the contact block that it commits to. A tender notice always has one; of the others only an addendum may.
type Notice struct {
	Notice   Record           `json:"notice" doc:"signed record sunbid/notice/v1"`
	Contacts *notice.Contacts `json:"contacts,omitempty" doc:"contact block with its salt; the signed notice holds SM3(salt || canonical block) in contact"`
}

// Rows is a page of the opening record.
type Rows struct {
	Rows   []Record        `json:"rows" doc:"rows of crypto/SPEC.md section 8"`
	Causes []gazette.Cause `json:"causes" doc:"findings of cause so far about rows of this page that were not decrypted"`
	Next   string          `json:"next"`
}

// Consistency is an RFC 6962 consistency proof with SM3.
type Consistency struct {
	From int64        `json:"from"`
	To   int64        `json:"to"`
	Path []canon.Hash `json:"path"`
}

// Time is the platform's clock.
type Time struct {
	Now canon.Time `json:"now"`
}

// ChallengeRequest asks for a login challenge.
type ChallengeRequest struct {
	Certificate []byte `json:"certificate" minLength:"1" doc:"signing certificate, DER, base64"`
}

// Challenge is what is to be signed: canonical JSON {"type":"sunbid/login/v1",class,origin,role,challenge,nonce}.
type Challenge struct {
	Challenge canon.Hash `json:"challenge"`
	Nonce     canon.Hash `json:"nonce"`
	ExpiresAt canon.Time `json:"expires_at"`
}

// SessionRequest answers a challenge.
type SessionRequest struct {
	Challenge canon.Hash   `json:"challenge"`
	Signature canon.Hex    `json:"signature" doc:"64 bytes r||s, hex"`
	Role      bidding.Role `json:"role" enum:"bidder,tenderer,agency,officer,operator,supervisor"`
	Cookie    bool         `json:"cookie,omitempty" doc:"give the session as a cookie instead of a token; only from a page of this origin"`
}

// Session is a login in force. Token is empty when it was given as a cookie.
type Session struct {
	Token     string        `json:"token,omitempty"`
	ExpiresAt canon.Time    `json:"expires_at"`
	Actor     bidding.Actor `json:"actor"`
}

// Enrolled is the answer to an enrolment.
type Enrolled struct {
	Organisation bidding.OrgID    `json:"organisation"`
	Person       bidding.PersonID `json:"person"`
	Standing     party.Standing   `json:"standing"`
}

// Organisations is a page of the centre's list.
type Organisations struct {
	Organisations []party.State `json:"organisations"`
	Next          string        `json:"next"`
}

// PersonRoles names a person of an organisation, and roles.
type PersonRoles struct {
	Person bidding.PersonID `json:"person"`
	Roles  []bidding.Role   `json:"roles" minItems:"1" maxItems:"8"`
}

// PersonReason names a person, and why.
type PersonReason struct {
	Person bidding.PersonID `json:"person"`
	Reason string           `json:"reason" minLength:"1" maxLength:"1000"`
}

// Reason says why.
type Reason struct {
	Reason string `json:"reason" minLength:"1" maxLength:"1000"`
}

// CertificateRequests ask the rehearsal's own authority for two certificates.
type CertificateRequests struct {
	Signing    []byte `json:"csr_signing" minLength:"1" doc:"DER, base64"`
	Encryption []byte `json:"csr_encryption" minLength:"1" doc:"DER, base64"`
}

// Certificates is a pair, DER.
type Certificates struct {
	Signing    []byte `json:"signing"`
	Encryption []byte `json:"encryption"`
}

// UploadRequest announces a sealed file.
type UploadRequest struct {
	Kind   seal.Kind `json:"kind" enum:"readout,body,technical,price,identity,evidence"`
	Size   int64     `json:"size" minimum:"1" doc:"of the whole sealed file, octets"`
	Chunks int       `json:"chunks" minimum:"1" maximum:"16384"`
}

// Upload says how far a sealed file has come. Part n holds the chunks 8n … 8n+7.
type Upload struct {
	ID        bidding.UploadID `json:"id"`
	Lot       bidding.LotID    `json:"lot"`
	Kind      seal.Kind        `json:"kind"`
	Size      int64            `json:"size"`
	Chunks    int              `json:"chunks"`
	Owed      []int            `json:"owed" doc:"numbers of the parts still missing"`
	Sealed    bool             `json:"sealed"`
	Digest    *canon.Hash      `json:"digest,omitempty" doc:"once sealed"`
	ExpiresAt canon.Time       `json:"expires_at"`
}

// PartAccepted acknowledges a part: it is durable and its chunks' hashes are as announced.
type PartAccepted struct {
	N    int `json:"n"`
	Owed int `json:"owed" doc:"how many parts are still missing"`
}

// Sealed acknowledges the front: the part may now stand in a statement.
type Sealed struct {
	Digest  canon.Hash `json:"digest"`
	Arrival canon.Time `json:"arrival" doc:"when the last octet was verified"`
}

// Receipt is the signed receipt (回执), and its proof once the log has it.
type Receipt struct {
	Receipt Record           `json:"receipt"`
	Proof   *tlog.EventProof `json:"proof,omitempty"`
}

// Bind names who may postpone or terminate at the keyholders.
type Bind struct {
	Authorities []tender.Authority `json:"authorities" minItems:"1" maxItems:"8"`
}

// Postpone carries the signed postponement and the signed notice of it.
type Postpone struct {
	Postponement Record `json:"postponement"`
	Notice       Record `json:"notice"`
}

// Terminate carries the reason, the signed notice and, if keys are bound, an authority's signed erasure order.
type Terminate struct {
	Reason string `json:"reason" minLength:"1" maxLength:"1000"`
	Notice Record `json:"notice"`
	Order  Record `json:"order,omitempty"`
}

// Task is what an officer's client is asked to release, page by page.
type Task struct {
	Request custody.ReleaseRequest `json:"request"`
	Kind    seal.Kind              `json:"kind"`
	Moment  string                 `json:"moment"`
	Next    string                 `json:"next" doc:"cursor, empty on the last page"`
}

// Standby is one keyholder or officer before an opening.
type Standby struct {
	Name  string `json:"name"`
	Ready bool   `json:"ready"`
	Why   string `json:"why,omitempty" doc:"silent, class, clock, never-answered, not-since, or the drill's step that failed: generate, bind, seal, freeze, release, open, erase"`
	Say   string `json:"say,omitempty"`
}

// LotReadiness is how a lot's keyholders and officers stood at the last drill; officers as of now.
type LotReadiness struct {
	Lot        bidding.LotID `json:"lot"`
	OpeningAt  canon.Time    `json:"opening_at"`
	Ready      bool          `json:"ready"`
	DrilledAt  canon.Time    `json:"drilled_at" doc:"0001-01-01T00:00:00.000Z while there was no drill"`
	Keyholders []Standby     `json:"keyholders"`
	Officers   []Standby     `json:"officers"`
}

// Process is how an opening stands, and before it how ready everybody is.
type Process struct {
	opening.Status
	Readiness *LotReadiness `json:"readiness,omitempty"`
}

// DrillChallenge is a drill's, sealed to the officer's encryption certificate (SM2, DER of GM/T 0009).
type DrillChallenge struct {
	Class  bidding.Class `json:"class"`
	Sealed []byte        `json:"sealed"`
}

// Readiness tells whether all keyholders are ready now; if not, who is not. Lots are those that open within a day.
type Readiness struct {
	Ready      bool           `json:"ready"`
	Code       string         `json:"code,omitempty"`
	Say        string         `json:"say,omitempty"`
	Detail     string         `json:"detail,omitempty"`
	Keyholders []Standby      `json:"keyholders"`
	Lots       []LotReadiness `json:"lots"`
}

// Done is the answer of a command that has nothing else to say.
type Done struct {
	Done bool `json:"done"`
}
