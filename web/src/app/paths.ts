/** Every address of the app. A page is added here, in router.tsx and, when it is in the menu, in navigation.ts. */
export const PATHS = {
  overview: "/",
  signals: "/signals",
  signal: "/signals/$slug",
  watchlist: "/watchlist",
  drops: "/drops",
  funnel: "/funnel",
  documents: "/documents",
  document: "/documents/$id",
  why: "/why",
  sources: "/sources",
  source: "/sources/$number",
  runs: "/runs",
  run: "/runs/$reference",
  compare: "/compare",
  studies: "/studies",
  study: "/studies/$reference",
} as const;
