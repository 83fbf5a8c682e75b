import { Button, Group, Stack } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { count } from "@/format/numbers";
import i18n from "@/i18n";
import { useWord, valuesOf, type WordKind } from "@/i18n/words";
import { DayFilter } from "@/ui/day-filter";
import { FilterSelect, Filters, SearchBox } from "@/ui/filters";
import { PageLink } from "@/ui/link";
import { Pager } from "@/ui/pager";
import { Empty, Question } from "@/ui/question";
import { usePatchSearch } from "@/ui/search-params";
import { DocumentsTable } from "./documents-table";
import { type DocumentsSearch, documentsQuery } from "./queries";

const LANGUAGES = ["en", "zh", "ja", "ko", "de", "fr", "es", "it", "pt", "ru", "pl", "nl"];

/** Everything that is in, found by the words of titles and texts. */
export function DocumentsList({ search }: { search: DocumentsSearch }) {
  const { t } = useTranslation();
  const query = useQuery(documentsQuery(search));
  const { cursor, ...filters } = search;
  const isFiltered = Object.values(filters).some((value) => value !== undefined);
  return (
    <>
      <DocumentFilters search={search} />
      {search.source === undefined ? null : <OfSource number={search.source} />}
      <Question label={t("documents.label")} query={query} height={520}>
        {(page) =>
          page.total > 0 ? (
            <>
              <DocumentsTable caption={t("documents.list")} rows={page.items} />
              <Pager page={page} cursor={cursor} />
            </>
          ) : isFiltered ? (
            <NothingFits filters={filters} />
          ) : (
            <Empty
              title={t("documents.none")}
              advice={t("documents.noneAdvice")}
              command="nophantom trends collect"
            />
          )
        }
      </Question>
    </>
  );
}

function NothingFits({ filters }: { filters: object }) {
  const { t } = useTranslation();
  const patch = usePatchSearch();
  const none = Object.fromEntries(Object.keys(filters).map((name) => [name, undefined]));
  return (
    <Stack gap={0} align="flex-start">
      <Empty title={t("documents.noMatch")} advice={t("documents.noMatchAdvice")} />
      <Group gap="md">
        <Button variant="default" size="xs" onClick={() => void patch(none)}>
          {t("signals.clear")}
        </Button>
        <PageLink underline="always" to="/why">
          {t("why.title")}
        </PageLink>
      </Group>
    </Stack>
  );
}

/** The list is of one source: which, and the way out. */
function OfSource({ number }: { number: number }) {
  const { t } = useTranslation();
  const patch = usePatchSearch();
  return (
    <Group gap="sm" mb="sm">
      <PageLink underline="always" to="/sources/$number" params={{ number: String(number) }}>
        {t("documents.ofSource", { number: count(number) })}
      </PageLink>
      <Button variant="default" size="xs" onClick={() => void patch({ source: undefined })}>
        {t("documents.ofAll")}
      </Button>
    </Group>
  );
}

function DocumentFilters({ search }: { search: DocumentsSearch }) {
  const { t } = useTranslation();
  const word = useWord();
  const options = <Kind extends WordKind>(kind: Kind) =>
    valuesOf(kind).map((value) => ({ value, label: word(kind, value) }));
  const names = new Intl.DisplayNames(i18n.language, { type: "language" });
  return (
    <Filters>
      <SearchBox label={t("documents.search")} value={search.q} />
      <FilterSelect
        label={t("documents.column.family")}
        name="family"
        value={search.family}
        options={options("family")}
      />
      <FilterSelect
        label={t("documents.column.kind")}
        name="kind"
        value={search.kind}
        options={options("kind")}
      />
      <FilterSelect
        label={t("documents.column.language")}
        name="language"
        value={search.language}
        options={LANGUAGES.map((value) => ({ value, label: names.of(value) ?? value }))}
      />
      <DayFilter label={t("filter.first")} name="first" value={search.first} />
      <DayFilter label={t("filter.last")} name="last" value={search.last} />
    </Filters>
  );
}
