package policy

// Decisions is the closed table of what Decide may answer, without Due.
func Decisions() []Decision {
	return []Decision{
		{Action: Return, Why: Served},
		{Action: Return, Why: AuthRequired},
		{Action: Return, Why: RefusedForGood},
		{Action: Resend, Why: NeverSent},
		{Action: Resend, Why: NotExecuted},
		{Action: Resend, Why: AssumedSafe},
		{Action: Recover, Why: SessionLost},
		{Action: Recover, Why: VersionLost},
		{Action: Recover, Why: HiddenLoss},
		{Action: Recover, Why: StillLost},
		{Action: Renew, Why: OutcomeUnknown},
		{Action: Renew, Why: NotReplayable},
		{Action: Renew, Why: HiddenLoss},
		{Action: Fail, Why: CallerGone},
		{Action: Fail, Why: Unclassified},
		{Action: Fail, Why: LostTwice},
		{Action: Fail, Why: NotReplayable},
		{Action: Fail, Why: OutcomeUnknown},
		{Action: Fail, Why: RetriesSpent},
		{Action: Fail, Why: TokensSpent},
		{Action: Fail, Why: PatienceSpent},
		{Action: Fail, Why: HintTooFar},
		{Action: Fail, Why: BackingOff},
	}
}

// Admissions is the closed table of what Admit may answer, without At and Gen.
func Admissions() []Admission {
	return []Admission{
		{Role: Lead, Why: WayFree},
		{Role: Lead, Why: TurnCame},
		{Role: Lead, Why: Probe},
		{Role: Follow, Why: InFlight},
		{Role: Already, Why: EpochOpened},
		{Role: Later, Why: BackingOff},
		{Role: Later, Why: BreakerOpen},
		{Role: Later, Why: ProbesOut},
		{Role: Later, Why: Paced},
		{Role: Refuse, Why: BackingOff},
		{Role: Refuse, Why: BreakerOpen},
		{Role: Refuse, Why: ProbesOut},
		{Role: Refuse, Why: Paced},
		{Role: Refuse, Why: CredentialRefused},
	}
}
