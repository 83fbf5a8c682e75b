import { Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { RatioAxis, RatioBar } from "@/charts/ratio-bar";
import { amount, times } from "@/format/numbers";
import { useWord } from "@/i18n/words";
import { PageLink } from "@/ui/link";
import { Question } from "@/ui/question";
import { VerdictBadge } from "@/ui/verdict-badge";
import { momentumScale } from "./momentum";
import { type Signal, signalsQuery } from "./queries";
import styles from "./top-signals.module.css";

const TOP = 5;

/** The signals with the strongest momentum, their intervals on one scale. */
export function TopSignals({ snapshot }: { snapshot: number }) {
  const { t } = useTranslation();
  const query = useQuery(signalsQuery(snapshot, {}, TOP));
  return (
    <Question
      label={t("overview.trends.top")}
      query={query}
      height={260}
      isEmpty={(page) => page.items.length === 0}
      empty={{ title: t("overview.trends.none") }}
    >
      {(page) => (
        <Stack gap="xs" align="stretch">
          <Text size="sm" c="dimmed">
            {t("overview.trends.topNote")}
          </Text>
          <Bars rows={page.items} />
          <Text>
            <PageLink to="/signals">{t("overview.trends.all")}</PageLink>
          </Text>
        </Stack>
      )}
    </Question>
  );
}

function Bars({ rows }: { rows: Signal[] }) {
  const { t } = useTranslation();
  const word = useWord();
  const scale = momentumScale(rows);
  return (
    <div className={styles.bars}>
      <ol className={styles.list} aria-label={t("overview.trends.top")}>
        {rows.map((row) => (
          <li key={row.slug} className={styles.row}>
            <span className={styles.name}>
              <PageLink to="/signals/$slug" params={{ slug: row.slug }}>
                {row.name}
              </PageLink>
              <VerdictBadge verdict={row.verdict} />
              <span className={styles.phase}>{word("phase", row.phase)}</span>
            </span>
            <span className={styles.momentum}>
              <strong>{t("overview.trends.atLeast", { low: times(row.momentum_low) })}</strong>{" "}
              {t("signals.momentumRest", {
                point: times(row.momentum),
                low: amount(row.momentum_low),
                high: amount(row.momentum_high),
              })}
            </span>
            <span className={styles.bar}>
              <RatioBar
                ratio={{ point: row.momentum, low: row.momentum_low, high: row.momentum_high }}
                scale={scale}
              />
            </span>
          </li>
        ))}
      </ol>
      <div className={styles.axis}>
        <RatioAxis scale={scale} />
      </div>
    </div>
  );
}
