/** All that a program needs of this machine's environment: where others are found. */
export const systemEnv: NodeJS.ProcessEnv = { PATH: process.env["PATH"] };
