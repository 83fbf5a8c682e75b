import { expect, test } from "vitest";
import { markDifference, type Piece } from "./answer-diff";

const text = (pieces: Piece[]) => pieces.map((piece) => piece.text).join("");
const marked = (pieces: Piece[]) => pieces.filter((piece) => piece.differs).map((p) => p.text);

test("a word that differs is marked on both sides, and nothing else", () => {
  const pair = markDifference("She sells 16 eggs a day.", "She sells 18 eggs a day.");
  expect(marked(pair.first)).toEqual(["16"]);
  expect(marked(pair.second)).toEqual(["18"]);
  expect(pair.kind).toBe("marked");
});

test.each([
  ["31 - 6 = <<31-6=25>>25 years\n#### 25", "31 - 17 = <<31-17=14>>14 years old.\n\n#### 14"],
  ["  two  spaces\tand a tab\r\n", "two spaces and a tab\n"],
  ["", "only one has words"],
  ["日本語の答えは 5", "日本語の答えは 7 です"],
  ["a 👩‍🔬 b", "a 👩 b"],
])("the pieces joined are the text: %j against %j", (first, second) => {
  const pair = markDifference(first, second);
  expect(text(pair.first)).toBe(first);
  expect(text(pair.second)).toBe(second);
});

test("what is the same by chance, between two longer changes, does not tear the mark up", () => {
  const pair = markDifference("it is red hot and good to eat", "it is ice cold and good to eat");
  expect(marked(pair.first)).toEqual(["red hot"]);
  expect(marked(pair.second)).toEqual(["ice cold"]);
  const sums = markDifference(
    "He runs 180 60 540 km a week",
    "He runs twelve 60 hundred km a week",
  );
  expect(marked(sums.second)).toEqual(["twelve 60 hundred"]);
});

test("the same text is alike, and a different story is not torn into confetti", () => {
  expect(markDifference("#### 5", "#### 5")).toMatchObject({ kind: "alike" });
  const pair = markDifference(
    "Natalia sold half as many clips.",
    "An hour has sixty minutes, so 12.",
  );
  expect(pair.kind).toBe("unlike");
  expect(marked(pair.first)).toEqual([]);
});

test("texts of thousands of words end in time", () => {
  const long = (word: string) => Array.from({ length: 20_000 }, (_, i) => `${word}${i}`).join(" ");
  const start = performance.now();
  expect(markDifference(long("a"), long("b")).kind).toBe("unlike");
  expect(performance.now() - start).toBeLessThan(5_000);
});
