/** The code of a fault that has one, by which it is told apart: Node's own or one of `OXB-`. */
export const codeOf = (fault: unknown): string | undefined =>
  fault instanceof Error && "code" in fault && typeof fault.code === "string" ? fault.code : undefined;
