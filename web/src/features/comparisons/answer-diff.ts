import { type ChangeObject, diffWordsWithSpace } from "diff";

/** A piece of a text; `differs` where the other text has something else, or nothing. */
export type Piece = { text: string; differs: boolean };
export type MarkedPair = {
  first: Piece[];
  second: Piece[];
  /** marked; alike: word for word the same; unlike: too different for marks to help. */
  kind: "marked" | "alike" | "unlike";
};

/** Edits after which the search gives up: it then takes long, and marks everything anyway. */
const MOST_EDITS = 2_000;
/** Below this share of common text the few common words are coincidence, and marks are confetti. */
const LEAST_COMMON = 0.2;

/** Where two texts differ, word by word. The pieces of each side, joined, are its text. */
export function markDifference(first: string, second: string): MarkedPair {
  if (first === second) return whole(first, second, "alike");
  const changes = diffWordsWithSpace(first, second, { maxEditLength: MOST_EDITS });
  if (changes === undefined) return whole(first, second, "unlike");
  const stretches = stretchesOf(changes);
  const pair: MarkedPair = { first: [], second: [], kind: "marked" };
  let common = 0;
  stretches.forEach((stretch, index) => {
    const differs = stretch.differs || isTorn(stretches, index);
    if (!differs) common += stretch.first.length;
    push(pair.first, stretch.first, differs);
    push(pair.second, stretch.second, differs);
  });
  const longer = Math.max(first.length, second.length);
  return common < LEAST_COMMON * longer ? whole(first, second, "unlike") : pair;
}

/** What both texts have at one place: the same, or on either side something else. */
type Stretch = { first: string; second: string; differs: boolean };

function stretchesOf(changes: ChangeObject<string>[]): Stretch[] {
  const stretches: Stretch[] = [];
  for (const { value, added, removed } of changes) {
    const differs = added || removed;
    const last = stretches.at(-1);
    const stretch = last?.differs === differs ? last : { first: "", second: "", differs };
    if (stretch !== last) stretches.push(stretch);
    if (!added) stretch.first += value;
    if (!removed) stretch.second += value;
  }
  return stretches;
}

/** Whether what is the same is no longer than the change on each side of it: it would only tear them apart. */
function isTorn(stretches: Stretch[], index: number): boolean {
  const [before, here, after] = [index - 1, index, index + 1].map((at) => stretches[at]);
  if (here === undefined) return false;
  const outweighs = (change: Stretch | undefined) =>
    change !== undefined &&
    Math.max(change.first.length, change.second.length) >= here.first.length;
  return outweighs(before) && outweighs(after);
}

function push(pieces: Piece[], text: string, differs: boolean): void {
  if (text === "") return;
  const last = pieces.at(-1);
  if (last?.differs === differs) last.text += text;
  else pieces.push({ text, differs });
}

function whole(first: string, second: string, kind: "alike" | "unlike"): MarkedPair {
  const piece = (text: string) => (text === "" ? [] : [{ text, differs: false }]);
  return { first: piece(first), second: piece(second), kind };
}
