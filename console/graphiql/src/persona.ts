/** Who is asking: the persona chosen on this page, remembered by name for this browser tab only. */
import { useState } from "react";
import type { Persona } from "./config";

const KEY = "paifang:persona";

export function usePersona(personas: readonly Persona[]): [Persona | null, (name: string) => void] {
  const [name, setName] = useState(() => sessionStorage.getItem(KEY));
  const chosen = personas.find((persona) => persona.name === name) ?? personas[0] ?? null;
  const choose = (next: string) => {
    sessionStorage.setItem(KEY, next); // the name; tokens stay in memory
    setName(next);
  };
  return [chosen, choose];
}
