-- Script a1
--
-- Revision ID: a1
-- Revises: 

-- upgrade
CREATE TABLE "t﻿" ("﻿a" TEXT, [b﻿] TEXT, `﻿` TEXT);

-- downgrade
DROP TABLE "t﻿";
