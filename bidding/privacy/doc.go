// Package privacy reads free text before it can reach the public bundle (公开数据包) and refuses what belongs to a person: identity-card
// numbers (公民身份号码), telephone numbers and bank accounts. It is the one linter of the program: notices, reasons, findings, names and
// read-outs all come here.
//
// Events and signed records are in the log for good and a bundle is copied by whoever likes, so that nothing in them can be erased
// (个人信息保护法 art. 6, 47). The contact that the law wants in a notice (招标公告和公示信息发布管理办法 art. 5) goes into the notice's
// contact block, which is shown on the page and stays out of both.
//
// The linter reads shapes, not meaning: it knows the check characters, lengths and groupings of such numbers and the words that stand
// before them, and leaves codes, amounts, dates and document numbers alone.
package privacy
