import { useLocation, useNavigate } from "@tanstack/react-router";
import { useCallback } from "react";

declare module "@tanstack/history" {
  interface HistoryState {
    /** Cursors of the pages before this one, oldest first; "" is the first page. */
    earlier?: string[];
  }
}

export type SearchPatch = Record<string, string | string[] | number | boolean | undefined>;

/**
 * Changes search parameters of the present page: the address is the state of every filter.
 *
 * undefined takes a parameter out. A change of filter or order starts again on the first page;
 * `samePage` is for what does not change the list: a choice among its rows.
 */
export function usePatchSearch() {
  const navigate = useNavigate();
  return useCallback(
    (patch: SearchPatch, { replace = false, samePage = false } = {}) =>
      navigate({
        to: ".",
        // Pages differ in their parameters; each validates its own.
        search: ((old: object) =>
          samePage ? { ...old, ...patch } : { ...old, cursor: undefined, ...patch }) as never,
        ...(samePage ? { state: true as const } : {}),
        replace,
        resetScroll: false,
      }),
    [navigate],
  );
}

/**
 * Pages by cursor. A keyset cursor only leads on, so the way back is kept beside the address, in
 * the state of the history entry: it survives a reload, and a shared link simply has none.
 */
export function usePages(cursor: string | undefined, { keepPlace = false } = {}) {
  const navigate = useNavigate();
  const earlier = useLocation({ select: (location) => location.state.earlier }) ?? [];
  const go = (to: string | undefined, way: string[]) =>
    void navigate({
      to: ".",
      search: ((old: object) => ({ ...old, cursor: to || undefined })) as never,
      state: (old) => ({ ...old, earlier: way }),
      resetScroll: !keepPlace,
    });
  return {
    isFirst: cursor === undefined,
    first: () => go(undefined, []),
    previous: earlier.length > 0 ? () => go(earlier.at(-1), earlier.slice(0, -1)) : undefined,
    next: (nextCursor: string) => go(nextCursor, [...earlier, cursor ?? ""]),
  };
}
