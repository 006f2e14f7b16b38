/**
 * Life-cycle dates of the managed runtimes, as data: deprecation, block of creation, block of updates.
 * Source: cfn-lint's life-cycle table (August 2026) cross-checked with the vendor's runtimes page; dates moved several
 * times in the past and will again. The three `*.al2023` Java rows have no announced creation block.
 */
import { parsePolicy } from './lifecycle-schema.ts';

const RUNTIMES = [
  { identifier: 'nodejs', family: 'nodejs', deprecation: '2016-08-30', blockCreate: '2016-09-30', blockUpdate: '2016-10-31' },
  { identifier: 'nodejs4.3', family: 'nodejs', deprecation: '2020-03-05', blockCreate: '2020-02-03', blockUpdate: '2020-03-05', blockedBeforeDeprecation: true },
  { identifier: 'nodejs4.3-edge', family: 'nodejs', deprecation: '2020-03-05', blockCreate: '2019-03-31', blockUpdate: '2020-04-30', blockedBeforeDeprecation: true },
  { identifier: 'nodejs6.10', family: 'nodejs', deprecation: '2019-08-12', blockCreate: '2019-07-12', blockUpdate: '2019-08-12', blockedBeforeDeprecation: true },
  { identifier: 'nodejs8.10', family: 'nodejs', deprecation: '2020-03-06', blockCreate: '2020-02-04', blockUpdate: '2020-03-06', blockedBeforeDeprecation: true },
  { identifier: 'nodejs10.x', family: 'nodejs', deprecation: '2021-07-30', blockCreate: '2021-07-30', blockUpdate: '2022-02-14' },
  { identifier: 'nodejs12.x', family: 'nodejs', deprecation: '2023-03-31', blockCreate: '2023-03-31', blockUpdate: '2023-04-30' },
  { identifier: 'nodejs14.x', family: 'nodejs', deprecation: '2023-12-04', blockCreate: '2024-01-09', blockUpdate: '2027-03-03' },
  { identifier: 'nodejs16.x', family: 'nodejs', deprecation: '2024-06-12', blockCreate: '2027-02-01', blockUpdate: '2027-03-03' },
  { identifier: 'nodejs18.x', family: 'nodejs', deprecation: '2025-09-01', blockCreate: '2027-02-01', blockUpdate: '2027-03-03' },
  { identifier: 'nodejs20.x', family: 'nodejs', deprecation: '2026-04-30', blockCreate: '2027-02-01', blockUpdate: '2027-03-03' },
  { identifier: 'nodejs22.x', family: 'nodejs', deprecation: '2027-04-30', blockCreate: '2027-06-01', blockUpdate: '2027-07-01' },
  { identifier: 'nodejs24.x', family: 'nodejs', deprecation: '2028-04-30', blockCreate: '2028-06-01', blockUpdate: '2028-07-01' },
  { identifier: 'nodejs26.x', family: 'nodejs', deprecation: null, blockCreate: null, blockUpdate: null, preview: true },
  { identifier: 'python2.7', family: 'python', deprecation: '2021-07-15', blockCreate: '2021-07-15', blockUpdate: '2022-05-30' },
  { identifier: 'python3.6', family: 'python', deprecation: '2022-07-18', blockCreate: '2022-07-18', blockUpdate: '2022-08-29' },
  { identifier: 'python3.7', family: 'python', deprecation: '2023-12-04', blockCreate: '2024-01-09', blockUpdate: '2027-03-03' },
  { identifier: 'python3.8', family: 'python', deprecation: '2024-10-14', blockCreate: '2027-02-01', blockUpdate: '2027-03-03' },
  { identifier: 'python3.9', family: 'python', deprecation: '2025-12-15', blockCreate: '2027-02-01', blockUpdate: '2027-03-03' },
  { identifier: 'python3.10', family: 'python', deprecation: '2026-10-31', blockCreate: '2027-02-01', blockUpdate: '2027-03-03' },
  { identifier: 'python3.11', family: 'python', deprecation: '2027-06-30', blockCreate: '2027-07-31', blockUpdate: '2027-08-31' },
  { identifier: 'python3.12', family: 'python', deprecation: '2028-10-31', blockCreate: '2028-11-30', blockUpdate: '2029-01-10' },
  { identifier: 'python3.13', family: 'python', deprecation: '2029-06-30', blockCreate: '2029-07-31', blockUpdate: '2029-08-31' },
  { identifier: 'python3.14', family: 'python', deprecation: '2029-06-30', blockCreate: '2029-07-31', blockUpdate: '2029-08-31' },
  { identifier: 'python3.15', family: 'python', deprecation: null, blockCreate: null, blockUpdate: null, preview: true },
  { identifier: 'java8', family: 'java', deprecation: '2024-01-08', blockCreate: '2024-02-08', blockUpdate: '2027-03-03' },
  { identifier: 'java8.al2', family: 'java', deprecation: '2027-06-30', blockCreate: '2027-07-31', blockUpdate: '2027-08-31' },
  { identifier: 'java11', family: 'java', deprecation: '2027-06-30', blockCreate: '2027-07-31', blockUpdate: '2027-08-31' },
  { identifier: 'java17', family: 'java', deprecation: '2027-06-30', blockCreate: '2027-07-31', blockUpdate: '2027-08-31' },
  { identifier: 'java8.al2023', family: 'java', deprecation: '2029-06-30', blockCreate: null, blockUpdate: '2029-08-31' },
  { identifier: 'java11.al2023', family: 'java', deprecation: '2029-06-30', blockCreate: null, blockUpdate: '2029-08-31' },
  { identifier: 'java17.al2023', family: 'java', deprecation: '2029-06-30', blockCreate: null, blockUpdate: '2029-08-31' },
  { identifier: 'java21', family: 'java', deprecation: '2029-06-30', blockCreate: '2029-07-31', blockUpdate: '2029-08-31' },
  { identifier: 'java25', family: 'java', deprecation: '2029-06-30', blockCreate: '2029-07-31', blockUpdate: '2029-08-31' },
  { identifier: 'dotnetcore1.0', family: 'dotnet', deprecation: '2019-06-27', blockCreate: '2019-06-30', blockUpdate: '2019-07-30' },
  { identifier: 'dotnetcore2.0', family: 'dotnet', deprecation: '2019-05-30', blockCreate: '2019-04-30', blockUpdate: '2019-05-30', blockedBeforeDeprecation: true },
  { identifier: 'dotnetcore2.1', family: 'dotnet', deprecation: '2022-01-05', blockCreate: '2022-01-05', blockUpdate: '2022-04-13' },
  { identifier: 'dotnetcore3.1', family: 'dotnet', deprecation: '2023-04-03', blockCreate: '2023-04-03', blockUpdate: '2023-05-03' },
  { identifier: 'dotnet6', family: 'dotnet', deprecation: '2024-12-20', blockCreate: '2027-02-01', blockUpdate: '2027-03-03' },
  { identifier: 'dotnet8', family: 'dotnet', deprecation: '2026-11-10', blockCreate: '2027-02-01', blockUpdate: '2027-03-03' },
  { identifier: 'dotnet9', family: 'dotnet', deprecation: '2026-11-10', blockCreate: null, blockUpdate: null, imageOnly: true },
  { identifier: 'dotnet10', family: 'dotnet', deprecation: '2028-11-14', blockCreate: '2028-12-14', blockUpdate: '2029-01-15' },
  { identifier: 'ruby2.5', family: 'ruby', deprecation: '2021-07-30', blockCreate: '2021-07-30', blockUpdate: '2022-03-31' },
  { identifier: 'ruby2.7', family: 'ruby', deprecation: '2023-12-07', blockCreate: '2024-01-09', blockUpdate: '2027-03-03' },
  { identifier: 'ruby3.2', family: 'ruby', deprecation: '2026-03-31', blockCreate: '2027-02-01', blockUpdate: '2027-03-03' },
  { identifier: 'ruby3.3', family: 'ruby', deprecation: '2027-03-31', blockCreate: '2027-04-30', blockUpdate: '2027-05-31' },
  { identifier: 'ruby3.4', family: 'ruby', deprecation: '2028-03-31', blockCreate: '2028-04-30', blockUpdate: '2028-05-31' },
  { identifier: 'ruby4.0', family: 'ruby', deprecation: '2029-03-31', blockCreate: '2029-04-30', blockUpdate: '2029-05-31' },
  { identifier: 'go1.x', family: 'go', deprecation: '2024-01-08', blockCreate: '2024-02-08', blockUpdate: '2027-03-03' },
  { identifier: 'provided', family: 'provided', deprecation: '2024-01-08', blockCreate: '2024-02-08', blockUpdate: '2027-03-03' },
  { identifier: 'provided.al2', family: 'provided', deprecation: '2026-07-31', blockCreate: '2027-02-01', blockUpdate: '2027-03-03' },
  { identifier: 'provided.al2023', family: 'provided', deprecation: '2029-06-30', blockCreate: '2029-07-31', blockUpdate: '2029-08-31' },
];

/** Source: the recorded enum of known identifiers (ListLayers filter `compatibleRuntime`). */
const INTERNAL_IDENTIFIERS = ['go1.9', 'byol', 'nasa', 'ruby3.5'];

export const DEFAULT_POLICY = parsePolicy({ runtimes: RUNTIMES, internalIdentifiers: INTERNAL_IDENTIFIERS });
