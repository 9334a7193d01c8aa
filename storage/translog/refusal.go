package translog

import "sunbid/bidding"

// ErrFork says that going on would sign a second history: somebody holds a checkpoint that this database and its journal
// do not lead to. The log stands still until the newer database or journal is brought back.
var ErrFork = bidding.Refuse("log-would-fork", bidding.Unready, "",
	"公开日志与已经公布的检查点不一致，日志已停止，请恢复较新的数据库或日志备份。",
	"the database and its journal do not lead to a checkpoint that was already seen; restore a newer copy")
