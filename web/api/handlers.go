package api

import (
	"fmt"
	"reflect"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

// handlers registers every action behind its guard. It fails when an action has no row in the access table, or a row no action.
func (s *Server) handlers() error {
	s.api = s.newHuma()
	for _, register := range []func(){
		s.listTenders, s.getTender, s.getLot, s.getKeys, s.listNotices, s.getDocument,
		s.listRows, s.getOpening, s.getRecord, s.getBundle,
		s.getCheckpoint, s.getConsistency, s.getTrust, s.getTime, s.events,
		s.createChallenge, s.createSession, s.deleteSession, s.getMe, s.renewCertificates,
		s.enrol, s.listEnrolments, s.approve, s.refuse, s.grant, s.suspendOrganisation, s.resumeOrganisation, s.rehearsalCertificates,
		s.beginUpload, s.getUpload, s.putPart, s.putFront, s.submitBid, s.getOwnBid, s.getReceipt, s.getStanza, s.releaseKey,
		s.getTask, s.postPartials, s.releaseMoment,
		s.createTender, s.draftLot, s.checkLot, s.dealOfficers, s.bindLot, s.announceLot, s.postponeLot, s.terminateLot, s.suspendLot, s.resumeLot,
		s.publishNotice,
		s.suspendOpening, s.resumeOpening, s.determineCause, s.signRecord, s.getProcess,
		s.getArchive, s.archiveLot, s.eraseArchived,
		s.getReadiness, s.drill, s.getDrill, s.answerDrill,
	} {
		register()
	}
	if len(s.unlisted) > 0 {
		return fmt.Errorf("not in the access table: %s", strings.Join(s.unlisted, ", "))
	}
	for _, row := range Access() {
		if !s.handled[row.Method+" "+row.Path] {
			return fmt.Errorf("in the access table, but not handled: %s %s", row.Method, row.Path)
		}
	}
	return nil
}

func (s *Server) schema(v any) *huma.Schema {
	return s.api.OpenAPI().Components.Schemas.Schema(reflect.TypeOf(v), true, "")
}
