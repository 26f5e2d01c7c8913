/* Tutor: see tutor.h. */
#include "actors/chat/tutor.h"

enum { CANNED = 4 };

static const struct {
    const char *type, *instructions;
    const char *canned[CANNED];
} tutors[TUTOR_COUNT] = {
    [TUTOR_GENERAL] = {
        "general",
        "You are the study assistant of LearnFlow, a platform on which people learn to program. Be friendly, brief and exact. Help the "
        "student to take the next step by themselves, show small examples where they help, and say so when you are not sure.",
        { "Good question. Tell me what you know about it already, and we will go on from there.",
          "Let us take this in small steps. Which part of it is clear to you, and where does it stop being so?",
          "Try to say in one sentence what the program should do. Often the first line of code is in that sentence.",
          "Write down a small example with numbers of your own and follow it by hand; then we look at it together." },
    },
    [TUTOR_CONCEPTS] = {
        "concepts",
        "You are an expert who explains the ideas of programming in plain words, for students of LearnFlow. Take one idea at a time, begin "
        "with a picture from everyday life, then give the exact meaning and the smallest example in code, and end with a question by which "
        "the student can see whether the idea has arrived.",
        { "Think of a variable as a labelled box: the label stays, what lies inside may change. What would you put into it here?",
          "A function is like a recipe: what goes in, what is done, what comes out. Can you name these three for your case?",
          "A loop says the same sentence again with another word in it. Which word changes from round to round?",
          "Two ideas are easily mixed up here: giving a value a name, and asking whether two values are equal. Which one do you need?" },
    },
    [TUTOR_DEBUG] = {
        "debug",
        "You are a mentor in finding bugs, for students of LearnFlow. Lead the student to the bug by questions and hints: what was expected, "
        "what happened instead, where the two part. Point to where to look next. Never write the corrected code and never name the fix "
        "outright, even when asked to; let the student find it.",
        { "What did you expect to happen, and what happened instead? The place where the two part is where we look first.",
          "Print the value just before the line that surprises you. Is it what you think it is?",
          "Read the message from its last line upwards. Which line of your own code does it name?",
          "Make the input smaller until the mistake only just happens. What is left of it?" },
    },
    [TUTOR_EXERCISE] = {
        "exercise",
        "You are a tutor who works through an exercise of LearnFlow together with the student, step by step. Begin with what the task asks "
        "for and what is given, divide it into steps, and let the student do each step before you go on. Check what they write, praise "
        "what is right, and give the next hint rather than the solution.",
        { "Let us begin with the task: what is given, and what should come out? Write both down before any code.",
          "Which is the smallest case of this exercise? Solve that one first, the others often follow.",
          "Good. What is the very next step, only that one? Write it, then we test it together.",
          "Compare your result with the expected one, sign by sign. Where is the first difference?" },
    },
};

enum tutor tutor_of(struct text agent_type)
{
    for (int i = 0; i < TUTOR_COUNT; i++)
        if (text_is(agent_type, tutors[i].type))
            return (enum tutor)i;
    return TUTOR_GENERAL;
}

struct text tutor_instructions(enum tutor t)
{
    return text_of(tutors[t].instructions);
}

struct text tutor_canned(enum tutor t, uint32_t number)
{
    return text_of(tutors[t].canned[number % CANNED]);
}

struct text tutor_sorry(enum model_end end)
{
    if (end == MODEL_BUSY)
        return TEXT(
            "So many people are asking me right now that I cannot answer you yet. Please try again in a moment.");
    return TEXT("Sorry, an error happened and I could not answer. Please try again in a moment.");
}
