import { Button, Group, Text } from "@mantine/core";
import { ChevronLeft, ChevronRight } from "lucide-react";
import { useTranslation } from "react-i18next";
import { count } from "@/format/numbers";
import { usePages } from "./search-params";

/** A page as the API answers it. */
export type Page<Row> = {
  items: Row[];
  next_cursor: string | null;
  total: number;
  total_is_exact: boolean;
};

type PagerProps = {
  page: Page<unknown>;
  cursor: string | undefined;
  /** For a list in the middle of a page: turning over does not scroll to the top. */
  keepPlace?: boolean;
};

/** How many there are, and the ways on and back. */
export function Pager({ page, cursor, keepPlace = false }: PagerProps) {
  const { t } = useTranslation();
  const pages = usePages(cursor, { keepPlace });
  const next = page.next_cursor;
  return (
    <Group component="nav" aria-label={t("table.pages")} justify="space-between" mt="sm">
      <Text size="sm" c="dimmed" role="status">
        <Total page={page} />
      </Text>
      <Group gap="xs">
        {pages.isFirst || pages.previous ? null : (
          <Button size="xs" variant="default" onClick={pages.first}>
            {t("table.first")}
          </Button>
        )}
        <Button
          size="xs"
          variant="default"
          disabled={!pages.previous}
          onClick={pages.previous}
          leftSection={<ChevronLeft size={14} aria-hidden />}
        >
          {t("table.previous")}
        </Button>
        <Button
          size="xs"
          variant="default"
          disabled={next === null}
          onClick={() => next !== null && pages.next(next)}
          rightSection={<ChevronRight size={14} aria-hidden />}
        >
          {t("table.next")}
        </Button>
      </Group>
    </Group>
  );
}

/** "1,008 in all", or "more than 10,000" where the server stopped counting. */
export function Total({ page }: { page: Pick<Page<unknown>, "total" | "total_is_exact"> }) {
  const { t } = useTranslation();
  const total = count(page.total);
  return page.total_is_exact ? t("table.total", { total }) : t("table.moreThan", { total });
}
