import { Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { moment } from "@/format/dates";
import { count } from "@/format/numbers";
import { Section } from "@/ui/section";
import { SimulatedBanner } from "@/ui/simulated-banner";
import { AtAGlance } from "./at-a-glance";
import styles from "./backtests.module.css";
import { Bursts } from "./bursts";
import { ChurnTable } from "./churn-table";
import { Leads } from "./leads";
import { NullView } from "./null-view";
import type { Backtest } from "./queries";
import { RelevanceView } from "./relevance-view";

/** What was asked, what came out, part by part, and what it does not show. */
export function BacktestView({ backtest }: { backtest: Backtest }) {
  const { t } = useTranslation();
  const { replayed } = backtest;
  return (
    <>
      {replayed.simulated ? <SimulatedBanner /> : null}
      <Text maw="75ch">{t("backtest.asked")}</Text>
      <Section title={t("backtest.result")}>
        <Text fw={600} maw="75ch">
          {backtest.headline}
        </Text>
        <Text size="sm" c="dimmed" mt="xs">
          {t("backtest.read", {
            documents: count(replayed.documents),
            stories: count(replayed.stories),
            topics: count(replayed.topics),
            at: moment(backtest.at),
          })}
        </Text>
      </Section>
      <AtAGlance backtest={backtest} />
      {backtest.nulls.map((one) => (
        <NullView key={one.permutation} of={one} tiers={backtest.tiers} />
      ))}
      {backtest.recalls.length > 0 ? <Bursts backtest={backtest} /> : null}
      {backtest.lead_shares.length > 0 ? <Leads backtest={backtest} /> : null}
      {backtest.relevance.length > 0 ? <RelevanceView backtest={backtest} /> : null}
      {backtest.churn.length > 0 ? <ChurnTable backtest={backtest} /> : null}
      <NotShown />
      <Text size="sm" c="dimmed" mt="lg" className="np-numbers">
        {t("backtest.colophon", {
          parameters: replayed.parameters.slice(0, 12),
          seed: replayed.seed,
          digest: backtest.digest,
        })}
      </Text>
    </>
  );
}

function NotShown() {
  const { t } = useTranslation();
  const told = [
    t("backtest.notShown.references"),
    t("backtest.notShown.points"),
    t("backtest.notShown.neighbours"),
    t("backtest.notShown.bursts"),
  ];
  return (
    <Section title={t("backtest.notShown.title")}>
      <ul className={styles.list}>
        {told.map((one) => (
          <li key={one}>{one}</li>
        ))}
      </ul>
    </Section>
  );
}
