import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  retainSearchParams,
} from "@tanstack/react-router";
import { ErrorPage } from "./pages/error-page";
import { NotFoundPage } from "./pages/not-found-page";
import { PATHS } from "./paths";
import {
  backtestsSearch,
  compareSearch,
  compareTopicsSearch,
  decisionsSearch,
  documentsSearch,
  dropsSearch,
  funnelSearch,
  parseSearch,
  runsSearch,
  signalSearch,
  signalsSearch,
  sourceSearch,
  sourcesSearch,
  stringifySearch,
  studySearch,
  watchlistSearch,
  whySearch,
} from "./search";
import { Shell } from "./shell";

const root = createRootRoute({ component: Shell, notFoundComponent: NotFoundPage });
const getParentRoute = () => root;

/** Every way from one trend page to another, the menu included, keeps the chosen snapshot. */
const keepSnapshot = {
  middlewares: [retainSearchParams<{ snapshot?: string | undefined }>(["snapshot"])],
};

// Each page is a file of its own, fetched when it is first opened (or pointed at).
const overview = createRoute({
  getParentRoute,
  path: PATHS.overview,
  component: lazyRouteComponent(() => import("./pages/overview-page"), "OverviewPage"),
});
const signals = createRoute({
  getParentRoute,
  path: PATHS.signals,
  validateSearch: signalsSearch,
  search: keepSnapshot,
  component: lazyRouteComponent(() => import("./pages/signals-page"), "SignalsPage"),
});
const signal = createRoute({
  getParentRoute,
  path: PATHS.signal,
  validateSearch: signalSearch,
  search: keepSnapshot,
  component: lazyRouteComponent(() => import("./pages/signal-page"), "SignalPage"),
});
const watchlist = createRoute({
  getParentRoute,
  path: PATHS.watchlist,
  validateSearch: watchlistSearch,
  search: keepSnapshot,
  component: lazyRouteComponent(() => import("./pages/watchlist-page"), "WatchlistPage"),
});
const drops = createRoute({
  getParentRoute,
  path: PATHS.drops,
  validateSearch: dropsSearch,
  search: keepSnapshot,
  component: lazyRouteComponent(() => import("./pages/drops-page"), "DropsPage"),
});
const funnel = createRoute({
  getParentRoute,
  path: PATHS.funnel,
  validateSearch: funnelSearch,
  search: keepSnapshot,
  component: lazyRouteComponent(() => import("./pages/funnel-page"), "FunnelPage"),
});
const compareTopics = createRoute({
  getParentRoute,
  path: PATHS.compareTopics,
  validateSearch: compareTopicsSearch,
  search: keepSnapshot,
  component: lazyRouteComponent(() => import("./pages/compare-topics-page"), "CompareTopicsPage"),
});
const decisions = createRoute({
  getParentRoute,
  path: PATHS.decisions,
  validateSearch: decisionsSearch,
  component: lazyRouteComponent(() => import("./pages/decisions-page"), "DecisionsPage"),
});
const backtests = createRoute({
  getParentRoute,
  path: PATHS.backtests,
  validateSearch: backtestsSearch,
  component: lazyRouteComponent(() => import("./pages/backtests-page"), "BacktestsPage"),
});
const backtest = createRoute({
  getParentRoute,
  path: PATHS.backtest,
  component: lazyRouteComponent(() => import("./pages/backtest-page"), "BacktestPage"),
});
const documents = createRoute({
  getParentRoute,
  path: PATHS.documents,
  validateSearch: documentsSearch,
  component: lazyRouteComponent(() => import("./pages/documents-page"), "DocumentsPage"),
});
const document = createRoute({
  getParentRoute,
  path: PATHS.document,
  component: lazyRouteComponent(() => import("./pages/document-page"), "DocumentPage"),
});
const why = createRoute({
  getParentRoute,
  path: PATHS.why,
  validateSearch: whySearch,
  component: lazyRouteComponent(() => import("./pages/why-page"), "WhyPage"),
});
const sources = createRoute({
  getParentRoute,
  path: PATHS.sources,
  validateSearch: sourcesSearch,
  component: lazyRouteComponent(() => import("./pages/sources-page"), "SourcesPage"),
});
const source = createRoute({
  getParentRoute,
  path: PATHS.source,
  validateSearch: sourceSearch,
  component: lazyRouteComponent(() => import("./pages/source-page"), "SourcePage"),
});
const runs = createRoute({
  getParentRoute,
  path: PATHS.runs,
  validateSearch: runsSearch,
  component: lazyRouteComponent(() => import("./pages/runs-page"), "RunsPage"),
});
const run = createRoute({
  getParentRoute,
  path: PATHS.run,
  component: lazyRouteComponent(() => import("./pages/run-page"), "RunPage"),
});
const compare = createRoute({
  getParentRoute,
  path: PATHS.compare,
  validateSearch: compareSearch,
  component: lazyRouteComponent(() => import("./pages/compare-page"), "ComparePage"),
});

const studies = createRoute({
  getParentRoute,
  path: PATHS.studies,
  component: lazyRouteComponent(() => import("./pages/studies-page"), "StudiesPage"),
});
const study = createRoute({
  getParentRoute,
  path: PATHS.study,
  validateSearch: studySearch,
  component: lazyRouteComponent(() => import("./pages/study-page"), "StudyPage"),
});

export const router = createRouter({
  routeTree: root.addChildren([
    overview,
    signals,
    signal,
    watchlist,
    drops,
    funnel,
    compareTopics,
    decisions,
    backtests,
    backtest,
    documents,
    document,
    why,
    sources,
    source,
    runs,
    run,
    compare,
    studies,
    study,
  ]),
  parseSearch,
  stringifySearch,
  scrollRestoration: true,
  defaultPreload: "intent",
  defaultErrorComponent: ErrorPage,
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
