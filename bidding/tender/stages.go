package tender

import "slices"

// Command is something done to a lot, as far as the lot's stage decides about it.
type Command string

const (
	ToDealOfficers   Command = "deal-officers"
	ToBind           Command = "bind"
	ToAnnounce       Command = "announce"
	ToOpenSubmission Command = "open-submission"
	ToBid            Command = "bid" // upload, submit, replace, withdraw
	ToPostpone       Command = "postpone"
	ToSuspend        Command = "suspend"
	ToResume         Command = "resume"
	ToTerminate      Command = "terminate"
	ToSeal           Command = "seal"
	ToBeginOpening   Command = "begin-opening"
	ToPublish        Command = "publish"
	ToFail           Command = "fail"
	ToErase          Command = "erase" // of a terminated lot
)

// Stages is the stage table of lots: when a command is for, in order. The rules themselves ask it; a command that is not listed is for no stage.
func (c Command) Stages() []Stage {
	switch c {
	case ToDealOfficers, ToBind, ToAnnounce:
		return []Stage{Draft}
	case ToOpenSubmission:
		return []Stage{Announced}
	case ToBid, ToPostpone, ToSeal:
		return []Stage{Announced, Submitting}
	case ToSuspend, ToResume:
		return []Stage{Announced, Submitting, Sealed}
	case ToTerminate:
		return []Stage{Draft, Announced, Submitting, Sealed}
	case ToBeginOpening, ToFail:
		return []Stage{Sealed}
	case ToPublish:
		return []Stage{Opening}
	case ToErase:
		return []Stage{Terminated}
	}
	return nil
}

// In is nil when the command is for that stage, ErrStage with the stage otherwise.
func (c Command) In(s Stage) error {
	if !slices.Contains(c.Stages(), s) {
		return ErrStage.With(string(s))
	}
	return nil
}
