/** The line above the editors: which product, who is asking, where to read more. */
import type { Fetcher } from "@graphiql/toolkit";
import { useEffect, useState } from "react";
import type { PageConfig, Persona } from "./config";
import { ask, sentences } from "./endpoint";
import icon from "./icon.svg";

interface Props {
  readonly config: PageConfig;
  readonly persona: Persona | null;
  readonly onChoose: (name: string) => void;
  readonly fetcher: Fetcher;
}

export function TopBar({ config, persona, onChoose, fetcher }: Props) {
  return (
    <header className="graphiql-container paifang-bar">
      <img src={icon} alt="" width="22" height="22" />
      <h1>{config.product}</h1>
      {persona && (
        <label title={persona.description}>
          <span>Ask as</span>
          <select value={persona.name} onChange={(event) => onChoose(event.target.value)}>
            {config.personas.map(({ name, description }) => (
              <option key={name} value={name} title={description}>
                {name}
              </option>
            ))}
          </select>
        </label>
      )}
      <WhoAmI fetcher={fetcher} />
      {config.docsUrl && (
        <a href={config.docsUrl} target="_blank" rel="noreferrer">
          Docs
        </a>
      )}
    </header>
  );
}

interface Me {
  readonly subject: string;
  readonly roles: readonly string[];
  readonly units: readonly string[];
  readonly channel: string | null;
}

type Seen = { readonly state: "asking" } | { readonly state: "me"; readonly me: Me } | { readonly state: "refused"; readonly why: string };

const ME = "query WhoAmI { me { subject roles units channel } }";

function WhoAmI({ fetcher }: { readonly fetcher: Fetcher }) {
  const [seen, setSeen] = useState<Seen>({ state: "asking" });
  useEffect(() => {
    let current = true; // an answer for the persona before this one is dropped
    void ask(fetcher, { query: ME }).then((answer) => {
      if (current) setSeen(seenOf(answer));
    });
    return () => {
      current = false;
    };
  }, [fetcher]);
  return (
    <p className="paifang-me" role="status" aria-label="Who you are">
      {seen.state === "me" && <Facts me={seen.me} />}
      {seen.state === "refused" && <span className="paifang-refused">{seen.why}</span>}
    </p>
  );
}

function seenOf(answer: Awaited<ReturnType<typeof ask>>): Seen {
  const me = answer.data?.["me"] as Me | undefined; // the fields of ME
  return me ? { state: "me", me } : { state: "refused", why: sentences(answer) ?? "The gateway does not say who you are." };
}

function Facts({ me }: { readonly me: Me }) {
  const facts = [
    ["roles", me.roles.join(", ")],
    ["units", me.units.join(", ")],
    ["channel", me.channel ?? ""],
  ] as const;
  return (
    <>
      <strong>{me.subject}</strong>
      {facts.map(([name, value]) => value && <Fact key={name} name={name} value={value} />)}
    </>
  );
}

function Fact({ name, value }: { readonly name: string; readonly value: string }) {
  return (
    <span className="paifang-fact">
      <span>{name}</span> {value}
    </span>
  );
}
