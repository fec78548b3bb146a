/** What waits for a person, read from what everybody can see: a message with buttons, and whom it addresses. */
import { withEmoji } from './emoji.js';
import { people } from './personas.js';

/**
 * People and groups at the head of a sentence, before a colon or a comma: `🙋 <@U1> or <!subteam^S2>: …`. Somebody
 * who is only spoken of further on is not asked.
 */
const ADDRESSED =
  /(?:^|[.!?][*_]*\s)[^\p{L}\p{N}<\n]*((?:<(?:@|!subteam\^)[^<>]+>(?:,?\s(?:or|and)\s|,\s)?)+)[:,](?=\s|$)/gmu;
const NAMED = /<(?:@|!subteam\^)([^<>|]+)(?:\|[^<>]*)?>/g;

/** The newest message of the app that is a card and not a reply or a whisper. */
export function newestCard(channel) {
  return channel?.messages.findLast(
    (message) =>
      message.author.kind === 'bot' && message.threadTs === null && !message.ephemeral && !message.tombstone,
  );
}

function buttonsOf(message) {
  return (message.blocks ?? [])
    .flatMap((block) => (block.type === 'actions' ? (block.elements ?? []) : []))
    .filter(({ type }) => type === 'button');
}

const labelOf = (button) => withEmoji(button.text?.text ?? '');

function wordsOf(message) {
  return (message.blocks ?? []).flatMap((block) => (block.text?.text === undefined ? [] : [block.text.text]));
}

/** @returns persons, each once, in the order in which they are addressed; a group stands for its people */
function addressed(message, state) {
  const ids = wordsOf(message)
    .flatMap((text) => [...text.matchAll(ADDRESSED)])
    .flatMap(([, names]) => [...names.matchAll(NAMED)].map(([, id]) => id))
    .flatMap((id) => state.groups.find((group) => group.id === id)?.users ?? [id]);
  return [...new Set(ids)]
    .map((id) => people(state).find((person) => person.id === id))
    .filter((person) => person !== undefined);
}

/** What the card offers first of all; its other buttons are there all the time and ask nobody. */
export function offerOf(card) {
  const main = buttonsOf(card).find(({ style }) => style === 'primary');
  return main === undefined ? undefined : labelOf(main);
}

/**
 * The newest question that still has its buttons: in the thread of the card, else on the card.
 * @returns {{where: string, labels: string[], asked: object[]} | undefined}
 */
export function openQuestion(channel, card, state) {
  const reply = (channel.threads[card.ts] ?? []).findLast(
    (message) =>
      message.author.kind === 'bot' &&
      !message.ephemeral &&
      !message.tombstone &&
      buttonsOf(message).length > 0,
  );
  if (reply !== undefined)
    return {
      where: 'in the thread',
      labels: buttonsOf(reply).map(labelOf),
      asked: addressed(reply, state),
    };
  const offer = offerOf(card);
  if (offer === undefined) return undefined;
  return { where: 'on the card', labels: [offer], asked: addressed(card, state) };
}
