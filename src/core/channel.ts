/** Whether the bot can post in a channel, and what to do where it can't: the same words for a form and for the doctor. */

export type ChannelState = 'member' | 'not-member' | 'unknown' | 'archived';

export interface ChannelTrouble {
  readonly say: string;
  /** What to do, as a sentence without its full stop. */
  readonly mend: string;
}

const TROUBLE: { readonly [state in Exclude<ChannelState, 'member'>]: ChannelTrouble } = {
  'not-member': { say: 'the bot is not in it', mend: 'type there: /invite @Cutover' },
  unknown: {
    say: 'there is no such channel, or it is private and the bot is not in it',
    mend: 'correct the id in targets.yaml, or invite the bot there: /invite @Cutover',
  },
  archived: {
    say: 'it is archived',
    mend: 'take it out of the archive, or name another one in targets.yaml',
  },
};

export function channelTrouble(state: ChannelState): ChannelTrouble | null {
  return state === 'member' ? null : TROUBLE[state];
}
