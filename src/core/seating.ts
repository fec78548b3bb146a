/**
 * Who sits where: every place needs so many people, and one person fills one place. Whether all can be filled at once is a
 * matching of seats with people (augmenting paths); places that look well one by one may share the same few people.
 */
import type { Place } from './model.ts';

/** A place with the user ids that may fill it at this moment. */
export interface OpenPlace {
  readonly place: Place;
  readonly members: readonly string[];
}

/** Places that together need more people than they have. */
export interface Shortage {
  readonly places: readonly Place[];
  readonly needed: number;
  /** How many different people could fill any of them. */
  readonly people: number;
}

type Seating = Map<string, OpenPlace>;

function seatsTaken(seating: Seating, place: OpenPlace): number {
  return [...seating.values()].filter((one) => one === place).length;
}

/** Gives the place one more person, moving others to another place where that helps. @returns places that were tried in vain */
function seatOne(seating: Seating, place: OpenPlace): ReadonlySet<OpenPlace> | null {
  const tried = new Set<OpenPlace>([place]);
  const asked = new Set<string>();
  const seat = (wanting: OpenPlace): boolean => {
    tried.add(wanting);
    for (const user of new Set(wanting.members)) {
      if (asked.has(user)) continue;
      asked.add(user);
      const now = seating.get(user);
      if (now === undefined || seat(now)) {
        seating.set(user, wanting);
        return true;
      }
    }
    return false;
  };
  return seat(place) ? null : tried;
}

function shortageOf(places: readonly OpenPlace[]): Shortage {
  return {
    places: places.map(({ place }) => place),
    needed: places.reduce((sum, { place }) => sum + place.need, 0),
    people: new Set(places.flatMap(({ members }) => members)).size,
  };
}

/** Empty = all places can be filled at the same time by different people. */
export function shortages(places: readonly OpenPlace[]): readonly Shortage[] {
  const seating: Seating = new Map();
  const short: Set<OpenPlace>[] = [];
  for (const place of places)
    while (seatsTaken(seating, place) < place.place.need) {
      const tried = seatOne(seating, place);
      if (tried === null) continue;
      // Places that lack the same people are said together.
      const joined = short.filter((one) => [...tried].some((other) => one.has(other)));
      for (const one of joined) short.splice(short.indexOf(one), 1);
      short.push(new Set([...joined.flatMap((one) => [...one]), ...tried]));
      break;
    }
  return short.map((one) => shortageOf(places.filter((place) => one.has(place))));
}

export function without(places: readonly OpenPlace[], users: readonly string[]): readonly OpenPlace[] {
  return places.map(({ place, members }) => ({
    place,
    members: members.filter((user) => !users.includes(user)),
  }));
}
