import {
  ArrowLeftRight,
  ChartLine,
  Eye,
  FileText,
  FilterX,
  FlaskConical,
  Gavel,
  History,
  House,
  ListChecks,
  Rss,
  TrendingUp,
} from "lucide-react";
import { PATHS } from "./paths";

/** The menu: Overview on top, then the two wings. */
export const NAVIGATION = [
  { title: null, links: [{ to: PATHS.overview, label: "nav.overview", icon: House }] },
  {
    title: "nav.trends",
    links: [
      { to: PATHS.signals, label: "nav.signals", icon: TrendingUp },
      { to: PATHS.watchlist, label: "nav.watchlist", icon: Eye },
      { to: PATHS.drops, label: "nav.drops", icon: FilterX },
      { to: PATHS.compareTopics, label: "nav.compareTopics", icon: ChartLine },
      { to: PATHS.decisions, label: "nav.decisions", icon: Gavel },
      { to: PATHS.backtests, label: "nav.backtests", icon: History },
      { to: PATHS.documents, label: "nav.documents", icon: FileText },
      { to: PATHS.sources, label: "nav.sources", icon: Rss },
    ],
  },
  {
    title: "nav.llm",
    links: [
      { to: PATHS.runs, label: "nav.runs", icon: ListChecks },
      { to: PATHS.compare, label: "nav.compare", icon: ArrowLeftRight },
      { to: PATHS.studies, label: "nav.studies", icon: FlaskConical },
    ],
  },
] as const;
