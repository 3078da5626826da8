-- Until when a case was to be answered: by the alert that led to it, and kept once it is answered.
ALTER TABLE chatops.cases ADD COLUMN answer_by timestamptz;
