// Package procedure is tests only: the procedure's branches (bidding/PROCEDURE.md) walked end to end through the real programs,
// several lots on one running stack. Nothing here is imported.
package procedure
