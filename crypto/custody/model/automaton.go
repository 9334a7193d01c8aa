package model

// Input is one thing that can be brought to an honest keyholder, with what its clock reads then.
type Input struct {
	Do      Act // Sign, Advance, Request, Erase
	Number  int // of the postponement
	InForce bool
	Ask     Ask
	Reading int
}

// Inputs are all of them, for these clock readings.
func Inputs(postponements int, readings ...int) []Input {
	var list []Input
	for _, at := range readings {
		list = append(list, Input{Do: Advance, Reading: at}, Input{Do: Erase, Reading: at})
		for number := 1; number <= postponements; number++ {
			list = append(list, Input{Do: Sign, Number: number, Reading: at}, Input{Do: Sign, Number: number, InForce: true, Reading: at})
		}
		for p := range parts {
			for as := AsItIs; as <= Elsewhere; as++ {
				for f := Freeze(1); f <= FreezeOf(postponements, OtherSet); f++ {
					list = append(list, Input{Do: Request, Ask: Ask{Part: p, As: as, Freeze: f}, Reading: at})
					if p == Price && as == AsItIs {
						list = append(list, Input{Do: Request, Ask: Ask{Part: p, As: as, Freeze: f, Record: true}, Reading: at})
					}
				}
			}
		}
	}
	return list
}

// Answer is what the protocol says: the keyholder's answer and its disk afterwards. Holder's Signed, Declared and Got are not
// on a disk; they are left empty.
func Answer(h Holder, in Input) (Holder, Verdict) {
	d := holder{}
	var v Verdict
	switch in.Do {
	case Sign:
		h, v = d.sign(h, in.Number, in.Reading, in.InForce)
	case Advance:
		h, v = d.advance(h)
	case Erase:
		h, v = d.erase(h)
	default:
		h, v = d.release(h, in.Ask, in.Reading)
	}
	h.Signed, h.Declared, h.Got = 0, false, 0
	return h, v
}
