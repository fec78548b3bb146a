/** What drawing needs to know and can ask for: names, zones, the time, and doing things as the current person. */

/** @param {{state: () => object, clock: object, post: Function, voices: object, refresh: () => Promise<void>}} source */
export function createContext({ state, clock, post, voices, refresh }) {
  const persona = (id) => state().personas.find((person) => person.id === id);

  const names = {
    persona,
    personas: () => state().personas,
    people: () => state().personas.filter(({ kind }) => kind === 'person' || kind === 'guest'),
    channels: () => state().channels,
    personName: (id) => persona(id)?.name ?? id,
    groupHandle: (id) => state().groups.find((group) => group.id === id)?.handle ?? id,
    channelName: (id) => state().channels.find((channel) => channel.id === id)?.name ?? id,
    viewer: () => state().as,
    zone: () => persona(state().as)?.zone ?? 'UTC',
    now: clock.now,
  };

  const allMessages = () =>
    state().channels.flatMap(({ messages, threads }) => [...messages, ...Object.values(threads).flat()]);

  const things = {
    rootOf: ({ threadTs }) => allMessages().find(({ ts }) => ts === threadTs),
    file: (id) =>
      allMessages()
        .flatMap(({ files }) => files)
        .find((file) => file.id === id),
    messageShortcuts: () => state().shortcuts.filter(({ type }) => type === 'message'),
  };

  function refused({ say, error }) {
    voices.toast(say ?? 'The simulated Slack refused this.', error);
  }

  const deeds = {
    post,
    refresh,
    refused,
    runShortcut: async (callbackId, message) => {
      const result = await post('shortcut', { callbackId, ...(message !== undefined && { message }) });
      if (!result.ok) refused(result);
    },
    /** Options of an external select in a modal, for what was typed. */
    options: (element, query) =>
      post('options', { element: { in: { view: 'modal' }, actionId: element.action_id }, query }),
  };

  return { ...names, ...things, ...deeds };
}
