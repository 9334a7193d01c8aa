package terminal

// commands are all subcommands, in the order of a bid's life.
func commands() []command {
	return []command{
		keygen(), enrol(), certificates(), fetch(), sealCommand(), submit(), replace(), withdraw(), decrypt(), receipt(), status(),
		officerEnrol(), officerRelease(), officerMoment(), officerDrill(), officerDeal(),
		archiveDeal(), archiveConfirm(), archiveSend(), archiveErase(), archiveRelease(), archiveOpen(),
	}
}
