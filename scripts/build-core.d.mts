export function sourceHash(): string;
export function buildCore(target: "release" | "checked"): Promise<boolean>;
