/* Lock classes: the first key of every PostgreSQL advisory lock this product takes, so that two purposes never meet.
 * Constants; any thread. Changing one lets an old and a new server run side by side. */
#pragma once

enum lock_class {
    LOCK_WRITERS = 0x6c656374, /* second key: writer slot; held while a writing connection lives */
    LOCK_MIGRATE = 0x6c656d67, /* second key: 0; held while steps are applied */
};
