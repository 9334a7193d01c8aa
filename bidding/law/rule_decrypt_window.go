package law

import (
	"time"

	"sunbid/bidding"
)

// ErrWindow: mode B with a window outside what the rule set allows.
var ErrWindow = bidding.Refuse("decrypt-window", bidding.Invalid, E20A30, "限时解密的时间窗口超出规则允许的范围。", "the decryption window is outside what the rule set allows")

// ErrRemedy: mode B without a remedy in the documents.
var ErrRemedy = bidding.Refuse("remedy-missing", bidding.Invalid, E20A31, "采用投标人限时解密的，招标文件应当写明解密失败的补救方案。", "mode B needs a remedy for failed decryption in the documents")

// Decryption checks mode, window and remedy of a lot (电子招标投标办法 arts. 30 and 31). In mode A there is no window.
func Decryption(rs RuleSet, mode Mode, window time.Duration, remedy string) error {
	switch {
	case !mode.Valid():
		return ErrWindow.With("mode")
	case mode == Keyholders && window != 0:
		return ErrWindow.With("mode keyholders has no window")
	case mode == Keyholders:
		return nil
	case window < rs.MinDecryptWindow || window > rs.MaxDecryptWindow:
		return ErrWindow.With(window.String())
	case len([]rune(remedy)) < 4:
		return ErrRemedy
	}
	return nil
}
