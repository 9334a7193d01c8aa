package opening

import (
	"slices"

	"sunbid/bidding/tender"
)

// Command is something done to an opening, as far as its stage decides about it.
type Command string

const (
	ToStart         Command = "start"
	ToSuspend       Command = "suspend"
	ToResume        Command = "resume"
	ToDecrypt       Command = "decrypt"     // officers' partial decryptions; of later parts after the publication too
	ToReleaseKey    Command = "release-key" // a bidder's, mode B
	ToPublish       Command = "publish"
	ToOpenParts     Command = "open-parts"
	ToSign          Command = "sign"
	ToFindCause     Command = "find-cause"
	ToReleaseMoment Command = "release-moment"
	ToArchive       Command = "archive"
	ToOrderErasure  Command = "order-erasure"
	ToErase         Command = "erase"
)

// Stages is the stage table of openings: when a command is for, in order. The rules themselves ask it; a command that is not listed is
// for no stage.
func (c Command) Stages() []Stage {
	switch c {
	case ToStart:
		return []Stage{Frozen}
	case ToSuspend, ToResume:
		return []Stage{Frozen, Releasing}
	case ToDecrypt, ToReleaseKey:
		return []Stage{Frozen, Releasing, Published, Recorded}
	case ToPublish:
		return []Stage{Releasing}
	case ToOpenParts, ToSign, ToFindCause, ToReleaseMoment:
		return []Stage{Published, Recorded}
	case ToArchive, ToOrderErasure:
		return []Stage{Recorded}
	case ToErase:
		return []Stage{Failed, Recorded}
	}
	return nil
}

// Of is In for an opening of a lot in that stage: a lot that was terminated after the freeze is opened no more (ErrStage).
func (c Command) Of(lot tender.Stage, own Stage) error {
	if err := c.In(own); err != nil {
		return err
	}
	if lot == tender.Terminated {
		return ErrStage.With(string(lot))
	}
	return nil
}

// In is nil when the command is for an opening in that stage ("": nothing is frozen). Otherwise it is ErrArchiveEarly for an archive,
// ErrNotFrozen before the freeze, ErrStage else.
func (c Command) In(own Stage) error {
	switch {
	case slices.Contains(c.Stages(), own):
		return nil
	case c == ToArchive:
		return ErrArchiveEarly.With(string(own))
	case own == "":
		return ErrNotFrozen
	}
	return ErrStage.With(string(own))
}
