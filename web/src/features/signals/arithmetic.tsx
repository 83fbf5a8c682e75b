import { Button, Text } from "@mantine/core";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { amount, count, decimal, eValue, times } from "@/format/numbers";
import { columnsOf, DataTable } from "@/ui/data-table";
import { Section } from "@/ui/section";
import type { Judged, Topic } from "./queries";
import { type Stratum, walkBack } from "./walk-back";

const FEW = 8;

type ArithmeticProps = { judged: Judged; snapshot: Topic["snapshot"] };

/** The way from the stories of each part of the sources to the e-value. */
export function Arithmetic({ judged, snapshot }: ArithmeticProps) {
  const { t } = useTranslation();
  const [isWhole, setWhole] = useState(false);
  const walked = useMemo(() => walkBack(judged.arithmetic), [judged.arithmetic]);
  const { run, window_days, factor } = judged.arithmetic;
  const all = walked.strata.length;
  return (
    <Section
      title={t("signal.arithmetic.title")}
      lead={t(`signal.arithmetic.best.${run}`, {
        days: count(window_days),
        factor: times(factor),
        ln: decimal(walked.total, 1),
      })}
    >
      {all > 0 ? <Strata strata={isWhole ? walked.strata : walked.strata.slice(0, FEW)} /> : null}
      {all > FEW ? (
        <Button mt="xs" size="xs" variant="default" onClick={() => setWhole(!isWhole)}>
          {isWhole
            ? t("signal.arithmetic.few", { shown: FEW })
            : t("signal.arithmetic.all", { total: count(all) })}
        </Button>
      ) : null}
      <Text size="sm" mt="xs" maw="75ch">
        {t("signal.arithmetic.sum", {
          listed: decimal(walked.listed, 1),
          silent: decimal(walked.silent, 1),
          total: decimal(walked.total, 1),
        })}
      </Text>
      <Text mt="sm" maw="75ch">
        {t("signal.arithmetic.average", {
          logE: decimal(judged.log_e, 1),
          e: eValue(judged.log_e),
          logThreshold: decimal(snapshot.log_threshold, 1),
          threshold: eValue(snapshot.log_threshold),
        })}
      </Text>
    </Section>
  );
}

function Strata({ strata }: { strata: Stratum[] }) {
  const { t } = useTranslation();
  const columns = useMemo(() => {
    const column = columnsOf<Stratum>();
    const number = (key: keyof Stratum & string, header: string, show: (v: number) => string) =>
      column.accessor((row) => row[key], {
        id: key,
        header,
        meta: { align: "right" as const },
        cell: ({ row }) => show(Number(row.original[key])),
      });
    return column.columns([
      column.accessor("stratum", { header: t("signal.arithmetic.stratum") }),
      number("stories", t("signal.arithmetic.stories"), (v) => decimal(v, 1)),
      number("expected", t("signal.arithmetic.expected"), amount),
      number("read", t("signal.arithmetic.read"), count),
      number("baseline_stories", t("signal.arithmetic.baseline"), amount),
      number("baseline_read", t("signal.arithmetic.baselineRead"), count),
      number("overdispersion", t("signal.arithmetic.overdispersion"), (v) => decimal(v, 2)),
      number("log_likelihood_ratio", t("signal.arithmetic.ln"), (v) => decimal(v, 1)),
    ]);
  }, [t]);
  return (
    <DataTable
      caption={t("signal.arithmetic.strata")}
      columns={columns}
      rows={strata}
      rowId={(row) => row.stratum}
    />
  );
}
