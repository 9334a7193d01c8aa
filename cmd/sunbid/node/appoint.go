package node

import (
	"context"

	"sunbid/bidding"
	"sunbid/bidding/party"
	"sunbid/storage/postgres"
)

// Appoint approves an enrolled person on the platform's own machine. Enrolments are approved by an operator of the centre, and
// nobody approves oneself: the first operator is appointed here, by whoever administers the database. The event names the system
// as the actor.
func Appoint(ctx context.Context, c Config, org bidding.OrgID, person bidding.PersonID, role bidding.Role, clock bidding.Clock) error {
	own, err := c.keys()
	if err != nil {
		return err
	}
	n := &Node{config: c, clock: clock}
	st, err := n.open(ctx, own)
	if err != nil {
		return err
	}
	defer n.close()
	return party.NewService(postgres.NewOrganisations(st.db), own.judge, clock, c.Class, false).Approve(ctx, bidding.SystemActor(), org, person, []bidding.Role{role})
}
