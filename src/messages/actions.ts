/** Everything that can be pressed or submitted: the closed lists that handlers listen to and the manifest is held against. */
export const COMMAND = '/upgrade';

export const ACTIONS = {
  /** Below the help: opens the start form. */
  start: 'open_start',
  review: 'review',
  decline: 'decline',
  withdraw: 'withdraw',
  go: 'go',
  gateGo: 'gate_go',
  gateNo: 'gate_no',
  manualDone: 'manual_done',
  manualCant: 'manual_cant',
  retry: 'retry',
  lookAgain: 'look_again',
  doneByHand: 'done_by_hand',
  skip: 'skip',
  rollBack: 'roll_back',
  /** A list of earlier steps from which it may be tried again. */
  retryFrom: 'retry_from',
  goForward: 'go_forward',
  cancelStep: 'cancel_step',
  stop: 'stop',
  /** In the start form: another target has other flows and fields. */
  startTarget: 'start_target',
} as const;

export const VIEWS = {
  start: 'start_upgrade',
  review: 'review_plan',
  decline: 'decline_plan',
  gate: 'answer_gate',
  manual: 'answer_manual',
  doneByHand: 'done_by_hand',
  skip: 'skip_step',
  rollBack: 'roll_back_run',
  goForward: 'go_forward',
  stop: 'stop_run',
  notice: 'notice',
} as const;

/** What a button is about: the plan's digest, the number of a hold, the id of a step. Recognises old buttons; authorises nothing. */
export interface Subject {
  readonly upgrade: string;
  readonly subject: string;
}

export function buttonValue({ upgrade, subject }: Subject): string {
  return `${upgrade}|${subject}`;
}

export function parseButtonValue(value: string | undefined): Subject | undefined {
  const at = value?.indexOf('|') ?? -1;
  if (value === undefined || at < 1) return undefined;
  return { upgrade: value.slice(0, at), subject: value.slice(at + 1) };
}
