// SPDX-License-Identifier: Apache-2.0

import GRDB

/// The tables of the file. A migration that was shipped is never changed: a new one is added behind it.
enum HistorySchema {
    static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("blocks and view states") { database in
            // Whose the tracks of a block are: the same for thousands of blocks.
            try database.execute(
                sql: """
                    CREATE TABLE roster (id INTEGER PRIMARY KEY, names BLOB NOT NULL);
                    CREATE TABLE block (
                        plant TEXT NOT NULL, subject TEXT NOT NULL, quantity TEXT NOT NULL, grain INTEGER NOT NULL,
                        began REAL NOT NULL, ended REAL NOT NULL, roster INTEGER NOT NULL REFERENCES roster(id),
                        bytes BLOB NOT NULL, PRIMARY KEY (plant, subject, grain, began, quantity));
                    CREATE INDEX block_by_age ON block (grain, ended);
                    CREATE INDEX block_by_roster ON block (roster);
                    CREATE TABLE view_state (
                        person TEXT NOT NULL, session TEXT NOT NULL, updated REAL NOT NULL, state BLOB NOT NULL,
                        PRIMARY KEY (person, session));
                    """)
        }
        return migrator
    }
}
