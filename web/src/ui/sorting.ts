import type { SortingState } from "@tanstack/react-table";

/** From the word in the address, "name" or "-name" for the greatest first, to what the table reads. */
export function sortingOf(sort: string | undefined): SortingState {
  if (!sort) return [];
  const desc = sort.startsWith("-");
  return [{ id: desc ? sort.slice(1) : sort, desc }];
}

/** The way back, for the address and for the server. */
export function sortWord(sorting: SortingState): string | undefined {
  const first = sorting[0];
  return first ? `${first.desc ? "-" : ""}${first.id}` : undefined;
}
