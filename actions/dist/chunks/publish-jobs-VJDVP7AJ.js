#!/usr/bin/env node
import { createRequire as layerkeepCreateRequire } from "node:module";
const require = layerkeepCreateRequire(import.meta.url);
import{planPublishJobs}from"./chunk-OUOR4MS4.js";import"./chunk-EAORCH75.js";export{planPublishJobs};
