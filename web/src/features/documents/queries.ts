import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { answer, client } from "@/api/client";
import type { Shape } from "@/api/shapes";
import type { WordOf } from "@/i18n/words";

export type Document = Shape<"DocumentOut">;
export type DocumentDetail = Shape<"DocumentDetailOut">;
export type Why = Shape<"WhyOut">;

export type DocumentsSearch = {
  q?: string | undefined;
  cursor?: string | undefined;
  family?: WordOf<"family"> | undefined;
  kind?: WordOf<"kind"> | undefined;
  language?: string | undefined;
  first?: string | undefined;
  last?: string | undefined;
  source?: number | undefined;
};

const LIMIT = 50;

export const documentsQuery = ({ family, kind, ...search }: DocumentsSearch) => {
  const query = { ...search, family: family && [family], kind: kind && [kind], limit: LIMIT };
  return queryOptions({
    queryKey: ["documents", "list", query],
    queryFn: ({ signal }) => answer(client.GET("/api/v1/documents", { params: { query }, signal })),
    placeholderData: keepPreviousData,
  });
};

export const documentQuery = (native_id: string) =>
  queryOptions({
    queryKey: ["documents", "one", native_id],
    queryFn: ({ signal }) =>
      answer(
        client.GET("/api/v1/documents/{native_id}", { params: { path: { native_id } }, signal }),
      ),
  });

/** What became of an address; asked when there is one. */
export const whyQuery = (address: string) =>
  queryOptions({
    queryKey: ["documents", "why", address],
    queryFn: ({ signal }) =>
      answer(client.GET("/api/v1/documents/why", { params: { query: { address } }, signal })),
  });
