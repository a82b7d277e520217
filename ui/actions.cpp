#include "ui/actions.h"

#include <QCoreApplication>
#include <QKeySequence>

namespace perceiver::ui {

namespace {

struct Row {
    const char *name, *group, *text, *tip;
    QList<QKeySequence> keys;
    bool checkable = false;
};

}  // namespace

Actions::Actions(QWidget* owner) {
    // QT_TRANSLATE_NOOP marks the words for translation; tr() below looks them up.
    const char* const files = QT_TRANSLATE_NOOP("Actions", "Files");
    const char* const look = QT_TRANSLATE_NOOP("Actions", "Looking");
    const char* const lab = QT_TRANSLATE_NOOP("Actions", "Experiment");
    const char* const window = QT_TRANSLATE_NOOP("Actions", "Window");
    const Row rows[] = {
        {"open",
         files,
         QT_TRANSLATE_NOOP("Actions", "Open"),
         QT_TRANSLATE_NOOP("Actions", "Open a picture"),
         {QKeySequence(Qt::CTRL | Qt::Key_O)}},
        {"paste",
         files,
         QT_TRANSLATE_NOOP("Actions", "Paste"),
         QT_TRANSLATE_NOOP("Actions", "Open the picture or file in the clipboard"),
         {QKeySequence(Qt::CTRL | Qt::Key_V)}},
        {"openModel",
         files,
         QT_TRANSLATE_NOOP("Actions", "Open a model…"),
         QT_TRANSLATE_NOOP("Actions", "Look through your own checkpoint: a file or a folder"),
         {QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_O)}},
        {"getModel",
         files,
         QT_TRANSLATE_NOOP("Actions", "Get a model…"),
         QT_TRANSLATE_NOOP("Actions", "Fetch a published Perceiver, once"),
         {QKeySequence(Qt::Key_G)}},
        {"previousFile",
         files,
         QT_TRANSLATE_NOOP("Actions", "Previous file"),
         QT_TRANSLATE_NOOP("Actions", "Of several opened together, the one before"),
         {QKeySequence(Qt::Key_PageUp)}},
        {"nextFile",
         files,
         QT_TRANSLATE_NOOP("Actions", "Next file"),
         QT_TRANSLATE_NOOP("Actions", "Of several opened together, the one after"),
         {QKeySequence(Qt::Key_PageDown)}},
        {"cancel",
         files,
         QT_TRANSLATE_NOOP("Actions", "Cancel"),
         QT_TRANSLATE_NOOP("Actions", "Stop what runs, or close what floats"),
         {QKeySequence(Qt::Key_Escape)}},
        {"previous",
         look,
         QT_TRANSLATE_NOOP("Actions", "Previous cross-attend"),
         QT_TRANSLATE_NOOP("Actions", "Show the cross-attend before"),
         {QKeySequence(Qt::Key_Left)}},
        {"next",
         look,
         QT_TRANSLATE_NOOP("Actions", "Next cross-attend"),
         QT_TRANSLATE_NOOP("Actions", "Show the cross-attend after"),
         {QKeySequence(Qt::Key_Right)}},
        {"mean",
         look,
         QT_TRANSLATE_NOOP("Actions", "Mean over latents"),
         QT_TRANSLATE_NOOP("Actions", "Unpin the latent and show the mean over all"),
         {QKeySequence(Qt::Key_0)}},
        {"over",
         look,
         QT_TRANSLATE_NOOP("Actions", "Over"),
         QT_TRANSLATE_NOOP("Actions", "The map over the picture"),
         {QKeySequence(Qt::Key_1)},
         true},
        {"beside",
         look,
         QT_TRANSLATE_NOOP("Actions", "Beside"),
         QT_TRANSLATE_NOOP("Actions", "The map beside the picture"),
         {QKeySequence(Qt::Key_2)},
         true},
        {"alone",
         look,
         QT_TRANSLATE_NOOP("Actions", "Map"),
         QT_TRANSLATE_NOOP("Actions", "The map alone"),
         {QKeySequence(Qt::Key_3)},
         true},
        {"probability",
         look,
         QT_TRANSLATE_NOOP("Actions", "Probability"),
         QT_TRANSLATE_NOOP("Actions",
                           "Attention after the softmax: sums to 1 over the input array (section 3.1)"),
         {QKeySequence(Qt::Key_P)},
         true},
        {"logit",
         look,
         QT_TRANSLATE_NOOP("Actions", "Logit"),
         QT_TRANSLATE_NOOP("Actions", "The score before the softmax: query times key (section 3.1)"),
         {QKeySequence(Qt::Key_L)},
         true},
        {"modelView",
         look,
         QT_TRANSLATE_NOOP("Actions", "As the model sees it"),
         QT_TRANSLATE_NOOP("Actions", "The picture with one pixel per input element"),
         {QKeySequence(Qt::Key_V)},
         true},
        {"zoomIn",
         look,
         QT_TRANSLATE_NOOP("Actions", "Closer"),
         QT_TRANSLATE_NOOP("Actions", "Zoom in; the wheel zooms about the pointer"),
         {QKeySequence(Qt::Key_Plus), QKeySequence(Qt::CTRL | Qt::Key_Plus), QKeySequence(Qt::Key_Equal)}},
        {"zoomOut",
         look,
         QT_TRANSLATE_NOOP("Actions", "Farther"),
         QT_TRANSLATE_NOOP("Actions", "Zoom out"),
         {QKeySequence(Qt::Key_Minus), QKeySequence(Qt::CTRL | Qt::Key_Minus)}},
        {"fit",
         look,
         QT_TRANSLATE_NOOP("Actions", "Fit"),
         QT_TRANSLATE_NOOP("Actions", "The whole picture; so does a double click"),
         {QKeySequence(Qt::Key_F)}},
        {"frameBack",
         look,
         QT_TRANSLATE_NOOP("Actions", "Frame back"),
         QT_TRANSLATE_NOOP("Actions", "The film's frame before"),
         {QKeySequence(Qt::Key_Comma)}},
        {"frameForward",
         look,
         QT_TRANSLATE_NOOP("Actions", "Frame forward"),
         QT_TRANSLATE_NOOP("Actions", "The film's frame after"),
         {QKeySequence(Qt::Key_Period)}},
        {"undo",
         look,
         QT_TRANSLATE_NOOP("Actions", "Undo"),
         QT_TRANSLATE_NOOP("Actions", "Take back the last change of the view"),
         {QKeySequence(Qt::CTRL | Qt::Key_Z)}},
        {"redo",
         look,
         QT_TRANSLATE_NOOP("Actions", "Redo"),
         QT_TRANSLATE_NOOP("Actions", "Do it again"),
         {QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_Z), QKeySequence(Qt::CTRL | Qt::Key_Y)}},
        {"shuffle",
         lab,
         QT_TRANSLATE_NOOP("Actions", "Shuffle"),
         QT_TRANSLATE_NOOP("Actions", "Shuffle the input in a new random order"),
         {QKeySequence(Qt::Key_S)}},
        {"lab",
         lab,
         QT_TRANSLATE_NOOP("Actions", "Permutation"),
         QT_TRANSLATE_NOOP("Actions", "Open or fold the permutation lab"),
         {QKeySequence(Qt::Key_B)},
         true},
        {"model",
         window,
         QT_TRANSLATE_NOOP("Actions", "Model"),
         QT_TRANSLATE_NOOP("Actions", "What the model is, knows and does not know"),
         {QKeySequence(Qt::Key_M)}},
        {"theme",
         window,
         QT_TRANSLATE_NOOP("Actions", "Theme"),
         QT_TRANSLATE_NOOP("Actions", "Light or dark"),
         {QKeySequence(Qt::Key_T)}},
        {"fullScreen",
         window,
         QT_TRANSLATE_NOOP("Actions", "Full screen"),
         QT_TRANSLATE_NOOP("Actions", "The whole screen, and back"),
         {QKeySequence(Qt::Key_F11)}},
        {"keys",
         window,
         QT_TRANSLATE_NOOP("Actions", "Keys"),
         QT_TRANSLATE_NOOP("Actions", "This sheet"),
         {QKeySequence(Qt::Key_F1), QKeySequence(Qt::Key_Question)}},
        {"quit",
         window,
         QT_TRANSLATE_NOOP("Actions", "Quit"),
         QT_TRANSLATE_NOOP("Actions", "Close the window"),
         {QKeySequence(Qt::CTRL | Qt::Key_Q)}},
    };
    const auto tr = [](const char* s) { return QCoreApplication::translate("Actions", s); };
    for (const Row& row : rows) {
        auto* action = new QAction(tr(row.text), owner);
        action->setObjectName(row.name);
        action->setShortcuts(row.keys);
        action->setToolTip(
            QStringLiteral("%1 (%2)").arg(tr(row.tip), row.keys.front().toString(QKeySequence::NativeText)));
        action->setStatusTip(tr(row.tip));
        action->setCheckable(row.checkable);
        owner->addAction(action);
        all_.push_back({tr(row.group), action});
        byName_.insert(row.name, action);
    }
}

}  // namespace perceiver::ui
