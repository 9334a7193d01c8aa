// Package bid is the model stage: one sealed bid (投标文件), from the first octet to the receipt.
//
// A bid is a set of sealed parts. Each is uploaded as a file of its own: begun, sent in pieces of eight chunks, every chunk hashed here,
// the front last, with signature, label and both locks checked. Then the bidder signs one statement that names the parts by digest:
//
//	none ──submit──> submitted ──withdraw (撤回)──> withdrawn
//	                  │  ▲ replace (补充、修改)          │
//	                  └──┘                   submit ──┘ (back to submitted)
//
// Replacing one part names the others again by digest: nothing is uploaded twice. Older versions stay sealed for ever.
//
// Arrival is the later of the statement's request and the last verified octet of its parts, by the platform's clock. A bid is in time
// iff arrival < opening time, strictly (招标投标法 art. 28, 电子招标投标办法 art. 27). Whatever the answer, the bidder gets a signed receipt of it:
// accepted with the object versions and the log's promise, or refused with the reason. A refusal is recorded before it is returned.
package bid
