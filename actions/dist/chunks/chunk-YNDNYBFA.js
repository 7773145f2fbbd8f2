#!/usr/bin/env node
import { createRequire as layerkeepCreateRequire } from "node:module";
const require = layerkeepCreateRequire(import.meta.url);
var cacheTypes=["registry","local","inline","gha","s3","azblob"];export{cacheTypes};
