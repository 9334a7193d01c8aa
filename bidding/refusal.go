package bidding

// ClassOf a refusal: only web/problem turns it into an HTTP status.
type RefusalClass int

const (
	Invalid   RefusalClass = iota + 1 // what was sent is wrong in itself
	Forbidden                         // this actor may not
	Missing                           // there is no such thing, or not for this actor
	Conflict                          // the thing has moved on, or stands in another state
	Early                             // not yet
	Late                              // no longer
	TooMany                           // a quota or rate is used up
	Unready                           // a part that is needed (keyholder, store) is not there now
)

// Article names a provision of law in short: "E20-27" is 电子招标投标办法 art. 27. Package law spells them out.
type Article string

// Refusal is a rule saying no. It is a value: compare with errors.Is (by Code), show with web/problem.
type Refusal struct {
	Code    string       // stable, kebab-case: "bid-after-deadline"
	Class   RefusalClass // what kind of no
	Article Article      // the article that says no; empty where no law speaks
	Say     string       // a sentence for people, Chinese
	English string       // the same for those who build
	Detail  string       // this case's particulars, safe to show; never part of identity
}

func (r *Refusal) Error() string {
	if r.Detail != "" {
		return r.Code + ": " + r.Detail
	}
	return r.Code + ": " + r.English
}

// Is compares by code, so a refusal with a detail is still the sentinel it was made from.
func (r *Refusal) Is(target error) bool {
	t, ok := target.(*Refusal)
	return ok && t.Code == r.Code
}

// With returns the same refusal with this case's particulars.
func (r *Refusal) With(detail string) *Refusal {
	c := *r
	c.Detail = detail
	return &c
}

// Refuse makes a sentinel. Codes are unique over the whole program (a test holds that).
func Refuse(code string, class RefusalClass, article Article, say, english string) *Refusal {
	return &Refusal{Code: code, Class: class, Article: article, Say: say, English: english}
}

// Refusals of the shared words.
var (
	ErrID        = Refuse("identifier-malformed", Invalid, "", "编号格式不正确。", "the identifier is malformed")
	ErrAmount    = Refuse("amount-malformed", Invalid, "", "金额格式不正确：请填写以元为单位、最多两位小数的正数，不带逗号和单位。", "the amount is not a positive decimal in yuan with at most two places")
	ErrForbidden = Refuse("not-allowed", Forbidden, "", "您没有进行此操作的权限。", "this actor may not do this")
	ErrMissing   = Refuse("not-found", Missing, "", "没有找到您要的内容，或您无权查看。", "there is no such thing, or not for you")
	ErrConflict  = Refuse("changed-meanwhile", Conflict, "", "内容刚刚被他人修改，请刷新后重试。", "it was changed meanwhile; reload and try again")
	ErrClass     = Refuse("class-mismatch", Forbidden, "", "演练与正式项目的数据和密钥不得混用。", "rehearsal and production do not mix")
)
