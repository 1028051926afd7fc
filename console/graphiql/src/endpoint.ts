/** Ask the gateway's GraphQL endpoint as the chosen persona. */
import type { Fetcher } from "@graphiql/toolkit";
import { Kind, parse } from "graphql";

export interface Answer {
  readonly data?: Readonly<Record<string, unknown>> | null;
  readonly errors?: readonly { readonly message: string }[];
}

export interface Request {
  readonly query: string;
  readonly variables?: unknown;
  readonly operationName?: string | null | undefined;
}

type Headers = Readonly<Record<string, string>>;

/** A header typed into the headers editor wins over the persona's. */
export function createFetcher(endpoint: string, token: string | null): Fetcher {
  const persona: Headers = token ? { authorization: `Bearer ${token}` } : {};
  return async (request, options) => {
    const typed = Object.entries((options?.headers ?? {}) as Headers).map(([name, value]) => [name.toLowerCase(), value]);
    const operationName = operationNameOf(request.query, request.operationName ?? null);
    return post(endpoint, { ...request, operationName }, { ...persona, ...(Object.fromEntries(typed) as Headers) });
  };
}

/** Right after a switch of tabs GraphiQL still names the operation of the tab before: then the first is meant. */
function operationNameOf(query: string, wanted: string | null): string | null {
  try {
    const operations = parse(query).definitions.filter((definition) => definition.kind === Kind.OPERATION_DEFINITION);
    const names = operations.map(({ name }) => name?.value ?? null);
    return names.includes(wanted) ? wanted : (names[0] ?? null);
  } catch {
    return wanted; // the gateway says what is wrong with the text
  }
}

async function post(endpoint: string, request: Request, headers: Headers) {
  const response = await fetch(endpoint, {
    method: "POST",
    credentials: "same-origin",
    headers: {
      accept: "application/graphql-response+json, application/json;q=0.9",
      "content-type": "application/json",
      ...headers,
    },
    body: JSON.stringify(request),
  });
  const text = await response.text();
  try {
    return JSON.parse(text);
  } catch {
    return { errors: [{ message: `HTTP ${response.status} ${response.statusText}: the answer is not JSON.` }] };
  }
}

export async function ask(fetcher: Fetcher, request: Request): Promise<Answer> {
  try {
    return (await fetcher({ ...request, operationName: request.operationName ?? null })) as Answer; // our own fetcher: never a stream
  } catch (error) {
    return { errors: [{ message: `The gateway cannot be reached: ${error instanceof Error ? error.message : error}` }] };
  }
}

export function sentences(answer: Answer): string | null {
  return answer.errors?.length ? answer.errors.map(({ message }) => message).join("\n") : null;
}
