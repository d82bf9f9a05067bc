/** AssemblyScript's integer types, so that layout.ts and abi.ts compile in tsc as they are. */
declare type u32 = number;
